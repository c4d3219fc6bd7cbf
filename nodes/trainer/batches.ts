/**
 * Training batches as a pure function of the step: windows drawn at random places of the languages' token streams, the
 * languages taking turns, so that every language weighs the same. Nothing is consumed, so training can stop and go on
 * at any step.
 */
import { must, NodeFailure, type NdArray, type Random } from "#src"
import { idsOf, type Tokens } from "../port/tokens.ts"

export interface Batch {
  /** i32 [rows, context]. */
  readonly input: NdArray<"i32">
  /** i32 [rows, context]: the token that follows each input token. */
  readonly target: NdArray<"i32">
}

/** All documents of one language as one stream, each opened by the `bos` token. */
export const streamOf = (tokens: Tokens, locale: string): Int32Array => {
  const { meta, tensors } = tokens
  const index = meta.locales.indexOf(locale)
  const of = must(tensors["locale"], "tokens.locale").data
  const parts = meta.documents.flatMap((_, d) => (of[d] === index ? [Int32Array.of(meta.bos), idsOf(tokens, d)] : []))
  const stream = new Int32Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    stream.set(part, at)
    at += part.length
  }
  return stream
}

/** What a batch is made of; `context` in tokens. */
export interface BatchParams {
  /** Languages that take turns; empty means all of the corpus. */
  readonly locales: readonly string[]
  readonly rows: number
  readonly context: number
  readonly random: Random
}

/**
 * The batch of every step.
 * Fails when a language is not in the corpus or has too little text for one window.
 */
export const makeBatches = (tokens: Tokens, { locales, rows, context, random }: BatchParams): ((step: number) => Batch) => {
  const wanted = locales.length > 0 ? locales : tokens.meta.locales
  const streams = wanted.map((locale) => {
    if (!tokens.meta.locales.includes(locale)) {
      throw new NodeFailure(`no language ${locale} in the corpus, which has ${tokens.meta.locales.join(", ")}`, { param: "locales" })
    }
    const stream = streamOf(tokens, locale)
    if (stream.length <= context) {
      throw new NodeFailure(`${locale} has ${stream.length} tokens, fewer than a window of ${context + 1}`, { param: "context" })
    }
    return stream
  })
  return (step) => {
    const input = new Int32Array(rows * context)
    const target = new Int32Array(rows * context)
    for (let row = 0; row < rows; row++) {
      const draw = step * rows + row
      const stream = must(streams[draw % streams.length], "stream")
      const start = random.below(draw, stream.length - context)
      input.set(stream.subarray(start, start + context), row * context)
      target.set(stream.subarray(start + 1, start + context + 1), row * context)
    }
    const shape = [rows, context]
    return { input: { dtype: "i32", shape, data: input }, target: { dtype: "i32", shape, data: target } }
  }
}
