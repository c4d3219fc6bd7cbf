/** Fewer tokens from the same documents, for quick evaluation: each language gets an equal share. */
import type { Encoded } from "./encode-documents.ts"

/**
 * At most `limit` tokens, `limit / languages` of each. Within a language all documents are cut to one length (shorter
 * ones stay whole), so that every source stays in the sample. 0 keeps everything.
 */
export const shorten = (encoded: readonly Encoded[], limit: number): readonly Encoded[] => {
  if (limit === 0) return encoded
  const locales = new Set(encoded.map(({ document }) => document.locale))
  const share = Math.floor(limit / Math.max(1, locales.size))
  const longest = new Map([...locales].map((locale) => [locale, commonLength(encoded.filter((e) => e.document.locale === locale), share)]))
  return encoded.map(({ document, ids }) => ({ document, ids: ids.slice(0, longest.get(document.locale) ?? 0) }))
}

/** The largest length L for which the sum of min(length, L) is at most `share`. */
const commonLength = (encoded: readonly Encoded[], share: number): number => {
  const lengths = encoded.map(({ ids }) => ids.length).sort((a, b) => a - b)
  let left = share
  for (const [i, length] of lengths.entries()) {
    const each = Math.floor(left / (lengths.length - i))
    if (length > each) return each
    left -= length
  }
  return Infinity
}
