/**
 * Code points and n-grams of a text with their counts. N-grams are counted inside runs of letters, so none spans a space,
 * a digit or punctuation; Chinese has no spaces, so there a run is a clause, up to the next Latin word (arXiv 2507.04886,
 * tokenizer notebooks).
 */

export type Counts = ReadonlyMap<string, number>

/** Runs of Han characters, and runs of letters of any other script. */
const runs = /\p{Script=Han}+|(?:(?!\p{Script=Han})\p{L})+/gu

/** How often each code point occurs in `texts`. */
export const countCodePoints = (texts: Iterable<string>): Counts => {
  const counts = new Map<string, number>()
  for (const text of texts) for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1)
  return counts
}

/** How often each n-gram of `n` code points occurs inside the runs of letters of `texts`. */
export const countNgrams = (texts: Iterable<string>, n: number): Counts => {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const [run] of text.matchAll(runs)) {
      const letters = [...run]
      for (let i = 0; i + n <= letters.length; i++) {
        const gram = letters.slice(i, i + n).join("")
        counts.set(gram, (counts.get(gram) ?? 0) + 1)
      }
    }
  }
  return counts
}

/** Most frequent first; equal counts by code unit order. */
export const byFrequency = (counts: Counts): readonly (readonly [token: string, count: number])[] =>
  [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
