/**
 * Which tokens a vocabulary holds: control tokens, code points, then frequent 2- and 3-grams, the same number of each
 * length from each language (arXiv 2507.07129 section 3, "bvv241-2-3"). The order of tokens is their ids.
 */
import { byFrequency, countCodePoints, countNgrams } from "./count-ngrams.ts"
import { specialTokens } from "./special-tokens.ts"

/** What a vocabulary is built from: text with its language. */
export interface Text {
  readonly locale: string
  readonly text: string
}

export interface Vocabulary {
  /** Tokens by id. At most `size` of them: fewer when the text has not enough n-grams that occur twice. */
  readonly tokens: readonly string[]
  readonly codePoints: number
  readonly ngrams: number
}

/**
 * Code points that occur at least `minCount` times, most frequent first as far as they fit, listed in Unicode order; the
 * rest of `size` goes to n-grams, taken in turn from one list a language and length. A 3-gram is taken only when a
 * 2-gram it can be merged from is there already, else no merge would ever produce it.
 */
export const buildVocabulary = (documents: readonly Text[], size: number, minCount: number): Vocabulary => {
  const codePoints = byFrequency(countCodePoints(documents.map(({ text }) => text)))
    .filter(([, count]) => count >= minCount)
    .slice(0, size - specialTokens.length)
    .map(([c]) => c)
    .sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0))
  const known = new Set<string>(codePoints)
  const room = size - specialTokens.length - codePoints.length
  const locales = [...new Set(documents.map(({ locale }) => locale))]
  const queues = [2, 3].flatMap((n) => locales.map((locale) => candidates(documents.filter((d) => d.locale === locale), n, known)))
  const ngrams: string[] = []
  for (let open = true; open && ngrams.length < room; ) {
    open = false
    for (const queue of queues) {
      const next = queue.findIndex((gram) => known.has(gram) || isReachable(gram, known))
      if (next < 0 || ngrams.length >= room) continue
      open = true
      const [gram] = queue.splice(next, 1)
      if (gram === undefined || known.has(gram)) continue
      known.add(gram)
      ngrams.push(gram)
    }
  }
  return { tokens: [...specialTokens, ...codePoints, ...ngrams], codePoints: codePoints.length, ngrams: ngrams.length }
}

/** N-grams of known code points that occur twice or more, most frequent first. */
const candidates = (documents: readonly Text[], n: number, known: ReadonlySet<string>): string[] =>
  byFrequency(countNgrams(documents.map(({ text }) => text), n))
    .filter(([gram, count]) => count > 1 && [...gram].every((c) => known.has(c)))
    .map(([gram]) => gram)

/** The ways to cut a token in two tokens of `known`; a merge for each. */
export const splitsOf = (token: string, known: { has(token: string): boolean }): readonly (readonly [string, string])[] => {
  const letters = [...token]
  return letters
    .slice(1)
    .map((_, i) => [letters.slice(0, i + 1).join(""), letters.slice(i + 1).join("")] as const)
    .filter(([left, right]) => known.has(left) && known.has(right))
}

const isReachable = (token: string, known: ReadonlySet<string>): boolean => splitsOf(token, known).length > 0
