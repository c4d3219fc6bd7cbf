/** Texts of a corpus, before tokenisation. */
import * as t from "io-ts"
import { jsonPort, type PortValue } from "#src"

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

export const documents = jsonPort("documents", t.readonly(t.type({ documents: t.readonlyArray(Document) })))
export type Documents = PortValue<typeof documents>
