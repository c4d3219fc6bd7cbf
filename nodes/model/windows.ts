/**
 * Held-out documents cut into windows of at most `context` tokens, so that every token is predicted exactly once. A window
 * begins with the token before it: `bos` for the first of a document.
 */
import { must, type NdArray } from "#src"
import type { Tokens } from "../port/tokens.ts"

export interface Window {
  /** Index of the first predicted token in `tokens.ids`. */
  readonly first: number
  readonly length: number
  /** The token before the first. */
  readonly before: number
}

export const windowsOf = ({ meta, tensors }: Tokens, context: number): readonly Window[] => {
  const ids = must(tensors["ids"], "tokens.ids").data
  const starts = must(tensors["starts"], "tokens.starts").data
  return meta.documents.flatMap((_, d) => {
    const [from, to] = [starts[d] as number, starts[d + 1] as number]
    return Array.from({ length: Math.ceil((to - from) / context) }, (_, w) => {
      const first = from + w * context
      return { first, length: Math.min(context, to - first), before: w === 0 ? meta.bos : (ids[first - 1] as number) }
    })
  })
}

/** i32 [rows, context] each. */
export interface PackedWindows {
  readonly input: NdArray<"i32">
  readonly target: NdArray<"i32">
}

/** Windows as one padded batch: what goes in and what should come out; padding is token 0. */
export const packWindows = (tokens: Tokens, windows: readonly Window[], rows: number, context: number): PackedWindows => {
  const ids = must(tokens.tensors["ids"], "tokens.ids").data
  const input = new Int32Array(rows * context)
  const target = new Int32Array(rows * context)
  windows.forEach(({ first, length, before }, row) => {
    const at = row * context
    input[at] = before
    input.set(ids.subarray(first, first + length - 1), at + 1)
    target.set(ids.subarray(first, first + length), at)
  })
  const shape = [rows, context]
  return { input: { dtype: "i32", shape, data: input }, target: { dtype: "i32", shape, data: target } }
}
