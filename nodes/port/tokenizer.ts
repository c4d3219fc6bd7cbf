/** A trained tokenizer: the content of a Hugging Face `tokenizer.json`. */
import * as t from "io-ts"
import { jsonPort, type PortValue } from "#src"

export const tokenizer = jsonPort("tokenizer", t.UnknownRecord)
export type TokenizerJson = PortValue<typeof tokenizer>
