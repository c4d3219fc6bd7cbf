/**
 * Short aligned texts (messages, articles) gathered into documents long enough to model: consecutive ones go together
 * until their English has enough characters, so that a document holds the same texts in every locale.
 */
import { cleanText, countCharacters, isTranslated } from "./clean-text.ts"
import { locales, type Document, type Locale } from "./document.ts"

/** One text in several languages; a locale without a translation is absent. */
export interface AlignedText {
  readonly key: string
  readonly texts: { readonly [L in Locale]?: string }
}

/**
 * Documents of at least `target` characters of English (the last may be shorter), ids `source/firstKey`. Texts that were
 * left untranslated are dropped from their own locale; a document that ends up empty in a locale is absent there.
 */
export const groupTexts = (source: string, texts: readonly AlignedText[], target: number): readonly Document[] => {
  const documents: Document[] = []
  let group: AlignedText[] = []
  let length = 0
  const close = () => {
    const first = group[0]
    if (first === undefined) return
    for (const locale of locales) {
      const text = linesOf(group, locale).join("\n")
      if (text !== "") documents.push({ id: `${source}/${first.key}`, locale, source, text })
    }
    group = []
    length = 0
  }
  for (const text of texts) {
    group.push(text)
    length += countCharacters(text.texts.en ?? "")
    if (length >= target) close()
  }
  close()
  return documents
}

const linesOf = (group: readonly AlignedText[], locale: Locale): readonly string[] =>
  group
    .flatMap(({ texts }) => (texts[locale] ?? "").split("\n"))
    .map(cleanText)
    .filter((line) => line !== "" && isTranslated(locale, line))
