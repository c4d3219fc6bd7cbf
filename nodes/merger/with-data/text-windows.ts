/** Text that language models are looked at on: windows of some languages, spread evenly over the text. */
import { must, ndarray, NodeFailure, type NdArray } from "#src"
import type { Tokens } from "../../port/tokens.ts"
import { windowsOf, type Window } from "../../port/windows.ts"

/** At most `count` windows of at most `context` tokens; of all languages if `locales` is empty. */
export const spreadWindows = (tokens: Tokens, context: number, locales: readonly string[], count: number): readonly Window[] => {
  const { locales: known } = tokens.meta
  const lacking = locales.find((locale) => !known.includes(locale))
  if (lacking !== undefined) throw new NodeFailure(`no language ${lacking} in the text, which has ${known.join(", ")}`, { param: "locales" })
  const wanted = windowsOf(tokens, context).filter(({ locale }) => locales.length === 0 || locales.includes(must(known[locale], "locale")))
  if (wanted.length === 0) throw new NodeFailure("there is no text to look at")
  const taken = Math.min(count, wanted.length)
  return Array.from({ length: taken }, (_, i) => must(wanted[Math.floor((i * wanted.length) / taken)], "window"))
}

/** Tokens of windows, without padding. */
export const tokensIn = (windows: readonly Window[]): number => windows.reduce((sum, { ids }) => sum + ids.length, 0)

/** 1 for each token of packed windows of so many tokens, 0 for padding: f32 [rows, context]. */
export const realTokens = (lengths: readonly number[], rows: number, context: number): NdArray =>
  ndarray("f32", [rows, context], Float32Array.from({ length: rows * context }, (_, at) => Number(at % context < (lengths[Math.floor(at / context)] ?? 0))))
