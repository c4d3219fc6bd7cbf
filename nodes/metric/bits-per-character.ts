/**
 * Bits per character: what a model pays for held-out text, comparable between tokenizers. Per language, and for the
 * balanced mix in which every language counts the same.
 *
 *   bpc(l) = - sum_{tokens of l} log2 p(token) / characters of l        mix = mean over languages
 */
import { defineKind, metricPort, must, NodeFailure, one, stream, type Stream } from "#src"
import { scores, type Scores } from "../port/scores.ts"

export interface LocaleBits {
  readonly locales: readonly string[]
  /** Bits per character by language, in the order of `locales`; NaN for a language without characters. */
  readonly bits: readonly number[]
}

export const bitsByLocale = async (chunks: Stream<Scores>): Promise<LocaleBits> => {
  let locales: readonly string[] = []
  const bits: number[] = []
  const characters: number[] = []
  for await (const { meta, tensors } of chunks) {
    locales = meta.locales
    const logp = must(tensors["logp"], "scores.logp").data
    const locale = must(tensors["locale"], "scores.locale").data
    const lengths = must(tensors["characters"], "scores.characters").data
    for (let token = 0; token < logp.length; token++) {
      const l = locale[token] as number
      bits[l] = (bits[l] ?? 0) - (logp[token] as number) / Math.LN2
      characters[l] = (characters[l] ?? 0) + (lengths[token] as number)
    }
  }
  return { locales, bits: locales.map((_, l) => (bits[l] ?? 0) / (characters[l] ?? 0)) }
}

export const bitsPerCharacter = defineKind({
  id: "metric/bits-per-character",
  module: import.meta.url,
  title: "Bits per character on held-out text",
  params: {},
  inputs: { scores: one(stream(scores)) },
  outputs: { bits: metricPort },
  cores: 0,
  run: async ({ scores: given }) => {
    const { locales, bits } = await bitsByLocale(given)
    if (locales.length === 0) throw new NodeFailure("no held-out text")
    const empty = locales.filter((_, l) => !Number.isFinite(bits[l]))
    if (empty.length > 0) throw new NodeFailure(`no held-out characters, or an impossible token, in ${empty.join(", ")}`)
    const mix = bits.reduce((sum, x) => sum + x, 0) / bits.length
    const values = { ...Object.fromEntries(locales.map((locale, l) => [locale, bits[l] as number])), mix }
    return { bits: { title: "Bits per character, held-out text", unit: "bits per character", better: "lower" as const, values } }
  },
})
