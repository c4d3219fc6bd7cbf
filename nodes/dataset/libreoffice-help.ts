/**
 * LibreOffice's help (Debian packages libreoffice-help-en-us, -ru, -zh-cn; MPL-2.0): one document a page, the same pages
 * in every language. `npx cambium data libreoffice-help` fetches it into a folder with one subfolder a language. A block
 * (paragraph or heading) has the same element id in all of them, so one that was left in English is told by comparison.
 */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { isTranslated } from "./clean-text.ts"
import { locales, type Document, type Locale } from "./document.ts"
import { htmlParagraphs } from "./html-paragraphs.ts"
import { problem, readText, type Read } from "./problem.ts"

const source = "libreoffice-help"
const subfolders: Readonly<Record<Locale, string>> = { en: "en-US", ru: "ru", zh: "zh-CN" }
const remedy = "run npx cambium data libreoffice-help"

/** Pages of one language as paths inside its subfolder, sorted; none when the folder is missing. */
const pagesOf = (folder: string, locale: Locale): readonly string[] => {
  const root = join(folder, subfolders[locale])
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".html"))
    .sort()
}

/** English is always read: a translation is told from it. */
const withEnglish = (wanted: readonly Locale[]): readonly Locale[] => locales.filter((locale) => locale === "en" || wanted.includes(locale))

/** Files read; the subfolders themselves when nothing was fetched yet. */
export const libreofficeFiles = (folder: string, wanted: readonly Locale[]): readonly string[] =>
  withEnglish(wanted).flatMap((locale) => {
    const root = join(folder, subfolders[locale])
    const pages = pagesOf(folder, locale)
    return pages.length > 0 ? pages.map((page) => join(root, page)) : [root]
  })

const block = /<(p|h[1-6])\s+id="((?:par_|hd_)[^"]*)"[^>]*>([^]*?)<\/\1>/g

/** Element id to text, in the order of the page. */
export type Blocks = ReadonlyMap<string, string>

/** The blocks of a page's own content: no navigation, no footer. */
export const parseBlocks = (html: string): Blocks => {
  const blocks = new Map<string, string>()
  for (const [, , id, body] of html.matchAll(block)) {
    const text = htmlParagraphs(body ?? "").join(" ")
    if (id !== undefined && text !== "" && !blocks.has(id)) blocks.set(id, text)
  }
  return blocks
}

/** The blocks of a page that are prose in `locale`: in a translation, those that differ from the English ones. */
export const translatedBlocks = (locale: string, blocks: Blocks, english: Blocks): readonly string[] =>
  [...blocks].filter(([id, text]) => locale === "en" || (text !== english.get(id) && isTranslated(locale, text))).map(([, text]) => text)

/** One document a page and locale. `tick` is called after each page. Left when a language was not fetched. */
export const readLibreoffice = async (
  folder: string,
  wanted: readonly Locale[],
  tick: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Read<readonly Document[]>> => {
  const pages = new Map<Locale, ReadonlySet<string>>()
  for (const locale of withEnglish(wanted)) {
    const found = pagesOf(folder, locale)
    if (found.length === 0) {
      return problem(join(folder, subfolders[locale]), "help pages (*.html)", "none", { remedy, param: "folder" })
    }
    pages.set(locale, new Set(found))
  }
  const documents: Document[] = []
  const all = [...(pages.get("en") ?? [])]
  for (const [index, page] of all.entries()) {
    signal.throwIfAborted()
    const english = await readBlocks(folder, "en", page)
    if (E.isLeft(english)) return english
    for (const locale of wanted.filter((l) => pages.get(l)?.has(page))) {
      const blocks = locale === "en" ? english : await readBlocks(folder, locale, page)
      if (E.isLeft(blocks)) return blocks
      const text = translatedBlocks(locale, blocks.right, english.right).join("\n")
      if (text !== "") documents.push({ id: `${source}/${page.replace(/\.html$/, "")}`, locale, source, text })
    }
    tick(index + 1, all.length)
  }
  return E.right(documents)
}

const readBlocks = async (folder: string, locale: Locale, page: string): Promise<Read<Blocks>> => {
  const html = await readText(join(folder, subfolders[locale], page), { param: "folder", remedy })
  return E.isLeft(html) ? html : E.right(parseBlocks(html.right))
}
