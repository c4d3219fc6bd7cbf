/**
 * The diagnostic messages of the TypeScript compiler (npm `typescript`, Apache-2.0) in English, Russian and Chinese.
 * English is read from the compiler's own table, translations from its message catalogues, matched by key; placeholders
 * such as {0} stay. Neighbouring codes, which speak of the same thing, end up in one document.
 */
import * as E from "fp-ts/lib/Either.js"
import { join } from "node:path"
import { groupTexts } from "./aligned-text.ts"
import { locales, type Document, type Locale } from "./document.ts"
import { problem, readJson, readText, type Read } from "./problem.ts"

const source = "typescript"
/** Characters of English a document holds at least: about 25 messages. */
const target = 1500

/** Files read: the compiler, then a catalogue for each translation. */
export const typescriptFiles = (folder: string): readonly string[] => [
  join(folder, "lib/_tsc.js"),
  ...locales.filter((locale) => locale !== "en").map((locale) => catalogue(folder, locale)),
]

const catalogue = (folder: string, locale: Locale): string =>
  join(folder, "lib", locale === "zh" ? "zh-cn" : locale, "diagnosticMessages.generated.json")

/** One row of the compiler's table: code, key and English text. */
const row = /\bdiag\(\s*(\d+),\s*\d+\s*(?:\/\*[^*]*\*\/)?,\s*("(?:[^"\\]|\\.)*"),\s*("(?:[^"\\]|\\.)*")/g

/** English messages as the compiler's source text lists them, by code. */
export const parseDiagnostics = (compiler: string): readonly { readonly code: number; readonly key: string; readonly text: string }[] =>
  [...compiler.matchAll(row)]
    .map(([, code, key = '""', text = '""']) => ({ code: Number(code), key: JSON.parse(key) as string, text: JSON.parse(text) as string }))
    .sort((a, b) => a.code - b.code)

/** Documents of some 1,500 characters of English and their translations, by code. */
export const readTypescript = async (folder: string): Promise<Read<readonly Document[]>> => {
  const [compiler = ""] = typescriptFiles(folder)
  const code = await readText(compiler)
  if (E.isLeft(code)) return code
  const english = parseDiagnostics(code.right)
  if (english.length === 0) {
    return problem(compiler, "a table of diag(code, category, key, message)", "no such table")
  }
  const translations = new Map<Locale, Readonly<Record<string, string>>>()
  translations.set("en", Object.fromEntries(english.map(({ key, text }) => [key, text])))
  for (const locale of locales) {
    if (locale === "en") continue
    const read = await readJson(catalogue(folder, locale))
    if (E.isLeft(read)) return read
    translations.set(locale, read.right as Readonly<Record<string, string>>)
  }
  const texts = english.map(({ code: number, key }) => ({
    key: String(number),
    texts: Object.fromEntries(locales.map((locale) => [locale, translations.get(locale)?.[key] ?? ""])),
  }))
  return E.right(groupTexts(source, texts, target))
}
