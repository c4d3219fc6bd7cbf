/**
 * Tokenised documents, back to back; a value, or a stream of some documents at a time. Document `d` is `ids[starts[d] .. starts[d + 1])`, without special tokens.
 *
 * - `ids` i32 [n]; `characters` i32 [n], the code points of the original text that each token stands for;
 * - `starts` i32 [documents + 1]; `locale` i32 [documents], an index into `meta.locales`.
 *
 * Languages are numbered as they first appear, so elements of a stream number them alike: each lists those so far.
 */
import * as t from "io-ts"
import { joinable, must, ndarray, tensorsPort, zeros, type NdArray, type PortValue, type TensorsValue } from "#src"
import { joinColumn } from "./rows.ts"

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

type Meta = t.TypeOf<typeof TokensMeta>

const joinTokens = (parts: readonly TensorsValue<Meta>[]): TensorsValue<Meta> => {
  const last = parts[parts.length - 1]
  if (last === undefined) return { meta: { locales: [], documents: [], vocabulary: 0, bos: 0, unknown: 0 }, tensors: { ids: none, characters: none, starts: zeros("i32", [1]), locale: none } }
  if (parts.length === 1) return last
  const column = (name: string): NdArray<"i32"> => joinColumn(parts.map(({ tensors }) => must(tensors[name], `tokens.${name}`))) as NdArray<"i32">
  const [ids, characters] = [column("ids"), column("characters")]
  const starts = [0]
  let [unknown, all] = [0, 0]
  for (const { meta, tensors } of parts) {
    const before = starts[starts.length - 1] as number
    for (const start of must(tensors["starts"], "tokens.starts").data.subarray(1)) starts.push(before + start)
    let covered = 0
    for (const n of must(tensors["characters"], "tokens.characters").data) covered += n
    all += covered
    // A whole number, of which the part has kept the share.
    unknown += Math.round(meta.unknown * covered)
  }
  return {
    meta: { ...last.meta, documents: parts.flatMap(({ meta }) => meta.documents), unknown: all === 0 ? 0 : unknown / all },
    tensors: { ids, starts: ndarray("i32", [starts.length], Int32Array.from(starts)), locale: column("locale"), characters },
  }
}

const none = zeros("i32", [0])

export const tokens = joinable(tensorsPort("tokens", TokensMeta), joinTokens)
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
