/**
 * Bits per character: what a model pays for held-out text, comparable between tokenizers. Per language, and for the
 * balanced mix in which every language counts the same.
 *
 *   bpc(l) = - sum_{tokens of l} log2 p(token) / characters of l        mix = mean over languages
 */
import { defineKind, metricPort, must, NodeFailure, one } from "#src"
import { scores, type Scores } from "../port/scores.ts"

/** Bits per character by language, in the order of `meta.locales`; NaN for a language without characters. */
export const bitsByLocale = ({ meta, tensors }: Scores): readonly number[] => {
  const logp = must(tensors["logp"], "scores.logp").data
  const bits = meta.locales.map(() => 0)
  const characters = meta.locales.map(() => 0)
  const locale = must(tensors["locale"], "scores.locale").data
  const lengths = must(tensors["characters"], "scores.characters").data
  for (let token = 0; token < logp.length; token++) {
    const l = locale[token] as number
    bits[l] = (bits[l] as number) - (logp[token] as number) / Math.LN2
    characters[l] = (characters[l] as number) + (lengths[token] as number)
  }
  return bits.map((sum, l) => sum / (characters[l] as number))
}

export const bitsPerCharacter = defineKind({
  id: "metric/bits-per-character",
  module: import.meta.url,
  title: "Bits per character on held-out text",
  params: {},
  inputs: { scores: one(scores) },
  outputs: { bits: metricPort },
  cores: 0,
  run: ({ scores: given }) => {
    const bits = bitsByLocale(given)
    const empty = given.meta.locales.filter((_, l) => !Number.isFinite(bits[l]))
    if (empty.length > 0) throw new NodeFailure(`no held-out characters, or an impossible token, in ${empty.join(", ")}`)
    const mix = bits.reduce((sum, x) => sum + x, 0) / bits.length
    const values = { ...Object.fromEntries(given.meta.locales.map((locale, l) => [locale, bits[l] as number])), mix }
    return { bits: { title: "Bits per character, held-out text", unit: "bits per character", better: "lower" as const, values } }
  },
})
