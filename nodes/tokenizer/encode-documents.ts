/** Documents to tokens, laid end to end and cut into documents by offsets (port/tokens.ts). */
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

/** Lays encoded documents end to end, element after element of a stream. Documents without a token are left out. */
export const tokenLayer = (characters: Int32Array): ((encoded: readonly Encoded[]) => Tokens) => {
  /** As they first appeared. */
  const locales: string[] = []
  const numberOf = (locale: string): number => {
    const known = locales.indexOf(locale)
    return known < 0 ? locales.push(locale) - 1 : known
  }
  return (encoded) => {
    const kept = encoded.filter(({ ids }) => ids.length > 0)
    const { ids, starts } = layOut(kept.map((part) => part.ids))
    const vector = (data: Int32Array): NdArray<"i32"> => ndarray("i32", [data.length], data)
    const locale = vector(Int32Array.from(kept, ({ document }) => numberOf(document.locale)))
    return {
      meta: {
        locales: [...locales],
        documents: kept.map(({ document }) => document.id),
        vocabulary: characters.length,
        bos: startId,
        unknown: unknownShare(charactersOf(kept, characters)),
      },
      tensors: { ids, starts, locale, characters: vector(ids.data.map((id) => characters[id]!)) },
    }
  }
}

/** Code points, and those of them that became `<unk>`. */
export interface Characters {
  readonly all: number
  readonly unknown: number
}

export const charactersOf = (encoded: readonly Encoded[], characters: Int32Array): Characters => {
  let unknown = 0
  let all = 0
  for (const { ids } of encoded) {
    for (const id of ids) {
      all += characters[id]!
      if (id === unknownId) unknown++
    }
  }
  return { all, unknown }
}

/** Share of code points that became `<unk>`, from 0 to 1; 0 for no text. */
export const unknownShare = ({ all, unknown }: Characters): number => (all === 0 ? 0 : unknown / all)

/** Encodes one document. */
export const encodeDocument = (document: Document, codec: Codec): Encoded => ({ document, ids: codec.encode(document.text) })
