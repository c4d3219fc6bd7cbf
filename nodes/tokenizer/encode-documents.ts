/** Documents to one stream of tokens, cut into documents by offsets (port/tokens.ts). */
import { ndarray, type NdArray } from "#src"
import type { Documents } from "../port/documents.ts"
import { layOut, type Tokens } from "../port/tokens.ts"
import type { Codec } from "./codec.ts"
import { startId, unknownId } from "./special-tokens.ts"

type Document = Documents["documents"][number]

/** Ids of each document, without control tokens, and how its code points were met. */
export interface Encoded {
  readonly document: Document
  readonly ids: readonly number[]
}

/** Lays encoded documents end to end, in the given order. Documents without a token are left out. */
export const layTokens = (encoded: readonly Encoded[], characters: Int32Array): Tokens => {
  const kept = encoded.filter(({ ids }) => ids.length > 0)
  // Sorted, so that two streams of the same languages number them alike.
  const locales = [...new Set(kept.map(({ document }) => document.locale))].sort()
  const { ids, starts } = layOut(kept.map((part) => part.ids))
  const vector = (data: Int32Array): NdArray<"i32"> => ndarray("i32", [data.length], data)
  return {
    meta: {
      locales,
      documents: kept.map(({ document }) => document.id),
      vocabulary: characters.length,
      bos: startId,
      unknown: unknownShare(kept, characters),
    },
    tensors: {
      ids,
      starts,
      locale: vector(Int32Array.from(kept, ({ document }) => locales.indexOf(document.locale))),
      characters: vector(ids.data.map((id) => characters[id]!)),
    },
  }
}

/** Share of code points that became `<unk>`, from 0 to 1; 0 for no text. */
export const unknownShare = (encoded: readonly Encoded[], characters: Int32Array): number => {
  let unknown = 0
  let all = 0
  for (const { ids } of encoded) {
    for (const id of ids) {
      all += characters[id]!
      if (id === unknownId) unknown++
    }
  }
  return all === 0 ? 0 : unknown / all
}

/** Encodes one document. */
export const encodeDocument = (document: Document, codec: Codec): Encoded => ({ document, ids: codec.encode(document.text) })
