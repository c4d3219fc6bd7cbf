/**
 * Held-out documents cut into windows of at most `context` tokens, so that every token is predicted exactly once. A window
 * begins with the token before it: `bos` for the first of a document.
 */
import { must, type NdArray, type Stream } from "#src"
import type { Tokens } from "./tokens.ts"

export interface Window {
  /** The predicted tokens, and the code points of each; views. */
  readonly ids: Int32Array
  readonly characters: Int32Array
  /** The token before the first. */
  readonly before: number
  /** Counted from the start of the text. */
  readonly document: number
  /** An index into `locales`. */
  readonly locale: number
  readonly locales: readonly string[]
}

/** Windows of documents, the first of which is number `from` of the text. */
export const windowsOf = ({ meta, tensors }: Tokens, context: number, from = 0): readonly Window[] => {
  const column = (name: string): Int32Array => must(tensors[name], `tokens.${name}`).data as Int32Array
  const [ids, characters, starts, locale] = [column("ids"), column("characters"), column("starts"), column("locale")]
  return meta.documents.flatMap((_, d) => {
    const [first, end] = [starts[d] as number, starts[d + 1] as number]
    return Array.from({ length: Math.ceil((end - first) / context) }, (_, w): Window => {
      const at = first + w * context
      const to = Math.min(end, at + context)
      return {
        ids: ids.subarray(at, to),
        characters: characters.subarray(at, to),
        before: w === 0 ? meta.bos : (ids[at - 1] as number),
        document: from + d,
        locale: locale[d] as number,
        locales: meta.locales,
      }
    })
  })
}

/** The windows of a text, `rows` at a time, however it is cut into elements; `check` sees each element first. */
export const windowGroups = async function* (text: Stream<Tokens>, context: number, rows: number, check: (tokens: Tokens) => void): AsyncGenerator<readonly Window[]> {
  let open: Window[] = []
  let documents = 0
  for await (const tokens of text) {
    check(tokens)
    for (const window of windowsOf(tokens, context, documents)) {
      if (open.push(window) < rows) continue
      yield open
      open = []
    }
    documents += tokens.meta.documents.length
  }
  if (open.length > 0) yield open
}

/** i32 [rows, context] each. */
export interface PackedWindows {
  readonly input: NdArray<"i32">
  readonly target: NdArray<"i32">
}

/** Windows as one padded batch: what goes in and what should come out; padding is token 0. */
export const packWindows = (windows: readonly Window[], rows: number, context: number): PackedWindows => {
  const input = new Int32Array(rows * context)
  const target = new Int32Array(rows * context)
  windows.forEach(({ ids, before }, row) => {
    const at = row * context
    input[at] = before
    input.set(ids.subarray(0, -1), at + 1)
    target.set(ids, at)
  })
  const shape = [rows, context]
  return { input: { dtype: "i32", shape, data: input }, target: { dtype: "i32", shape, data: target } }
}
