/** How a vocabulary fits a text, by language, as a table for reports. */
import type { Table } from "#src"
import { charactersOf, unknownShare, type Encoded } from "./encode-documents.ts"

export interface Coverage {
  readonly add: (encoded: readonly Encoded[]) => void
  /** Documents, tokens, code points, code points a token, and the share of code points that became `<unk>`, in percent. */
  readonly table: () => Table
}

/** Counts documents as they come. */
export const makeCoverage = (characters: Int32Array): Coverage => {
  const byLocale = new Map<string, { documents: number; tokens: number; all: number; unknown: number }>()
  return {
    add: (encoded) => {
      for (const one of encoded) {
        const { locale } = one.document
        const { all, unknown } = charactersOf([one], characters)
        const before = byLocale.get(locale) ?? { documents: 0, tokens: 0, all: 0, unknown: 0 }
        byLocale.set(locale, { documents: before.documents + 1, tokens: before.tokens + one.ids.length, all: before.all + all, unknown: before.unknown + unknown })
      }
    },
    table: () => ({
      title: "Tokens",
      columns: ["language", "documents", "tokens", "characters", "characters a token", "unknown, %"],
      rows: [...byLocale].sort(([a], [b]) => (a < b ? -1 : 1)).map(([locale, { documents, tokens, all, unknown }]) => [
        locale, documents, tokens, all, rounded(all / Math.max(1, tokens)), rounded(100 * unknownShare({ all, unknown })),
      ]),
    }),
  }
}

const rounded = (x: number): number => Math.round(x * 100) / 100
