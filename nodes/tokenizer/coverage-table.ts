/** How a vocabulary fits a text, by language, as a table for reports. */
import type { Table } from "#src"
import { unknownShare, type Encoded } from "./encode-documents.ts"

/** Documents, tokens, code points, code points a token, and the share of code points that became `<unk>`, in percent. */
export const coverageTable = (encoded: readonly Encoded[], characters: Int32Array): Table => ({
  title: "Tokens",
  columns: ["language", "documents", "tokens", "characters", "characters a token", "unknown, %"],
  rows: [...new Set(encoded.map(({ document }) => document.locale))].sort().map((locale) => {
    const own = encoded.filter(({ document }) => document.locale === locale)
    const tokens = own.reduce((sum, { ids }) => sum + ids.length, 0)
    const covered = own.reduce((sum, { ids }) => sum + ids.reduce((s, id) => s + characters[id]!, 0), 0)
    return [locale, own.length, tokens, covered, rounded(covered / Math.max(1, tokens)), rounded(100 * unknownShare(own, characters))]
  }),
})

const rounded = (x: number): number => Math.round(x * 100) / 100
