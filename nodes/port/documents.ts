/** Texts of a corpus, before tokenisation: a value, or a stream of some documents at a time. */
import * as t from "io-ts"
import { joinable, jsonPort, type PortValue } from "#src"

export const Document = t.readonly(
  t.type({
    /** The same in every language of an aligned corpus. */
    id: t.string,
    /** BCP 47 language: `en`, `ru`, `zh`. */
    locale: t.string,
    /** The corpus or package the text comes from. */
    source: t.string,
    text: t.string,
  }),
)

export const documents = joinable(jsonPort("documents", t.readonly(t.type({ documents: t.readonlyArray(Document) }))), (parts) => ({
  documents: parts.flatMap((part) => part.documents),
}))
export type Documents = PortValue<typeof documents>

/** Documents in an element of a stream; fewer only in the last. */
const elementDocuments = 32

/** The elements of a stream of these documents; at least one. */
export const cutDocuments = (all: Documents["documents"]): readonly Documents[] =>
  Array.from({ length: Math.max(1, Math.ceil(all.length / elementDocuments)) }, (_, i) => ({ documents: all.slice(i * elementDocuments, (i + 1) * elementDocuments) }))
