/**
 * Tokenised documents, back to back. Document `d` is `ids[starts[d] .. starts[d + 1])`, without special tokens.
 *
 * - `ids` i32 [n]; `characters` i32 [n], the code points of the original text that each token stands for;
 * - `starts` i32 [documents + 1]; `locale` i32 [documents], an index into `meta.locales`.
 */
import * as t from "io-ts"
import { must, ndarray, tensorsPort, type NdArray, type PortValue } from "#src"

export const TokensMeta = t.readonly(
  t.type({
    locales: t.readonlyArray(t.string),
    /** Ids of the documents, in order. */
    documents: t.readonlyArray(t.string),
    vocabulary: t.number,
    /** Id of the token that opens every document. */
    bos: t.number,
    /** Share of code points that became the unknown token. */
    unknown: t.number,
  }),
)

export const tokens = tensorsPort("tokens", TokensMeta)
export type Tokens = PortValue<typeof tokens>

/** Tokens of document `d`, a view. */
export const idsOf = ({ tensors }: Tokens, d: number): Int32Array => {
  const starts = must(tensors["starts"], "tokens.starts").data
  return must(tensors["ids"], "tokens.ids").data.subarray(starts[d], starts[d + 1]) as Int32Array
}

/** Documents back to back: the `ids` and `starts` of tokens. */
export const layOut = (documents: readonly (readonly number[])[]): { readonly ids: NdArray<"i32">; readonly starts: NdArray<"i32"> } => {
  const starts = new Int32Array(documents.length + 1)
  documents.forEach((ids, d) => (starts[d + 1] = (starts[d] as number) + ids.length))
  const ids = new Int32Array(starts[documents.length] as number)
  documents.forEach((of, d) => ids.set(of, starts[d]))
  return { ids: ndarray("i32", [ids.length], ids), starts: ndarray("i32", [starts.length], starts) }
}
