/** How much text there is, by locale and source: what a person checks first. */
import { countCharacters } from "./clean-text.ts"
import type { Document } from "./document.ts"

export interface TextSize {
  readonly locale: string
  readonly source: string
  readonly documents: number
  /** Code points. */
  readonly characters: number
}

/** One row for each locale and source, in the order in which they first appear. */
export const textSizes = (documents: readonly Document[]): readonly TextSize[] => {
  const rows = new Map<string, TextSize>()
  for (const { locale, source, text } of documents) {
    const key = `${locale}\n${source}`
    const row = rows.get(key) ?? { locale, source, documents: 0, characters: 0 }
    rows.set(key, { ...row, documents: row.documents + 1, characters: row.characters + countCharacters(text) })
  }
  return [...rows.values()]
}
