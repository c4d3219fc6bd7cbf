/**
 * What counts as text: one spelling for characters that print alike, and a test for prose that was never translated.
 * Not here: markup (html-paragraphs.ts).
 */

/**
 * NFC; runs of white space (no-break spaces too) become one space; invisible characters (soft hyphen, zero-width
 * spaces and joiners, byte order mark, direction marks) are removed; typographic hyphens become "-". Trimmed.
 */
export const cleanText = (text: string): string =>
  text
    .normalize("NFC")
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, "")
    .replace(/[\u2010\u2011]/g, "-")
    .replace(/\s+/gu, " ")
    .trim()

const scripts: Readonly<Record<string, RegExp>> = { ru: /\p{Script=Cyrillic}/u, zh: /\p{Script=Han}/u }

/** False for text in `ru` without a Cyrillic letter and in `zh` without a Han character: left in English by its translators. */
export const isTranslated = (locale: string, text: string): boolean => scripts[locale]?.test(text) ?? true

/** Number of code points. */
export const countCharacters = (text: string): number => {
  let n = 0
  for (const _ of text) n++
  return n
}
