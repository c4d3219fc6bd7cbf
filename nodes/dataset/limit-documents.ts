/** A smaller corpus out of a larger one, for tests and small machines: whole documents, the same ones in every language. */
import { hashBytes } from "#src"
import { countCharacters } from "./clean-text.ts"
import type { Document } from "./document.ts"

/**
 * Documents of ids taken in the order of their hash, so that sources stay mixed, while every locale has at most
 * `limit` characters; at least one id. The order of the list is kept. 0 keeps everything.
 */
export const limitDocuments = (documents: readonly Document[], limit: number): readonly Document[] => {
  if (limit === 0) return documents
  const byId = new Map<string, Document[]>()
  for (const document of documents) byId.set(document.id, [...(byId.get(document.id) ?? []), document])
  const chosen = new Set<string>()
  const characters = new Map<string, number>()
  const byHash = [...byId.keys()].map((id) => [hashBytes(id), id] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [, id] of byHash) {
    for (const { locale, text } of byId.get(id) ?? []) characters.set(locale, (characters.get(locale) ?? 0) + countCharacters(text))
    if (chosen.size > 0 && Math.max(...characters.values()) > limit) break
    chosen.add(id)
  }
  return documents.filter(({ id }) => chosen.has(id))
}
