/**
 * The help texts and messages of Node-RED's own nodes (npm `@node-red/nodes`, Apache-2.0): one document for each help
 * page, and documents of sentences from the message catalogue. Labels of one or two words are left out.
 */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { groupTexts, type AlignedText } from "./aligned-text.ts"
import { isTranslated } from "./clean-text.ts"
import { locales, type Document, type Locale } from "./document.ts"
import { htmlParagraphs } from "./html-paragraphs.ts"
import { readJson, readText, type Read } from "./problem.ts"

const source = "node-red"
const target = 1200
const folders: Readonly<Record<Locale, string>> = { en: "en-US", ru: "ru", zh: "zh-CN" }

const localeFolder = (folder: string, locale: Locale): string => join(folder, "locales", folders[locale])

/** Help pages of a locale, as paths inside its folder, sorted. */
const pagesOf = (folder: string, locale: Locale): readonly string[] => {
  const root = localeFolder(folder, locale)
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".html"))
    .sort()
}

/** Files read: the message catalogue and every help page of each locale. */
export const nodeRedFiles = (folder: string): readonly string[] =>
  locales.flatMap((locale) => ["messages.json", ...pagesOf(folder, locale)].map((path) => join(localeFolder(folder, locale), path)))

/** Paragraphs of a help page, which holds its HTML inside `<script type="text/html">`. */
export const parseHelpPage = (html: string): readonly string[] =>
  [...html.matchAll(/<script\b[^>]*data-help-name[^>]*>([^]*?)<\/script>/g)].flatMap(([, body]) =>
    // Without a space the name of a property and its type would run together.
    htmlParagraphs((body ?? "").replaceAll('<span class="property-type">', " <span>")),
  )

/** Every text of a message catalogue by its dotted key, markup removed. */
export const flattenMessages = (catalogue: unknown, prefix = ""): readonly (readonly [key: string, text: string])[] =>
  typeof catalogue === "string"
    ? [[prefix, htmlParagraphs(catalogue).join(" ")]]
    : typeof catalogue === "object" && catalogue !== null
      ? Object.entries(catalogue).flatMap(([name, value]) => flattenMessages(value, prefix === "" ? name : `${prefix}.${name}`))
      : []

/** Help pages, then messages, in every locale. */
export const readNodeRed = async (folder: string): Promise<Read<readonly Document[]>> => {
  const documents: Document[] = []
  const messages = new Map<Locale, ReadonlyMap<string, string>>()
  for (const locale of locales) {
    for (const page of pagesOf(folder, locale)) {
      const html = await readText(join(localeFolder(folder, locale), page))
      if (E.isLeft(html)) return html
      const text = parseHelpPage(html.right).filter((line) => isTranslated(locale, line)).join("\n")
      if (text !== "") documents.push({ id: `${source}/${page.replace(/\.html$/, "")}`, locale, source, text })
    }
    const catalogue = await readJson(join(localeFolder(folder, locale), "messages.json"))
    if (E.isLeft(catalogue)) return catalogue
    messages.set(locale, new Map(flattenMessages(catalogue.right)))
  }
  const sentences = [...(messages.get("en") ?? [])]
    .filter(([, text]) => text.split(" ").length > 2)
    .map(([key]): AlignedText => ({
      key: `messages/${key}`,
      texts: Object.fromEntries(locales.map((locale) => [locale, messages.get(locale)?.get(key) ?? ""])),
    }))
  return E.right([...documents, ...groupTexts(source, sentences, target)])
}
