/** Documents as this family makes them: the unit of text that is split, encoded and scored as a whole. */
import type { Documents } from "../port/documents.ts"

/** Languages by ISO 639-1 code. Prose in Chinese is written in simplified characters. */
export const locales = ["en", "ru", "zh"] as const
export type Locale = (typeof locales)[number]

/**
 * `id` is `source/name`, the same in every locale, so that translations of one document share it. `text` holds
 * paragraphs separated by one line feed, no markup, NFC.
 */
export type Document = Documents["documents"][number]
