/**
 * Prose out of HTML: the text of block elements as paragraphs. Made for the help pages of the corpora here, which are
 * flat and well closed; it is not an HTML parser (no tree, no implied end tags).
 */
import { cleanText } from "./clean-text.ts"

/** Comments, elements whose content is no prose, tags (attribute values may hold `>`), and text between them. */
const pieces = /<!--[^]*?-->|<(script|style|pre|head|svg)\b[^]*?<\/\1\s*>|<\/?([a-z][a-z0-9]*)(?:"[^"]*"|'[^']*'|[^'">])*>|[^<]+|</gi

/** Elements that do not end a paragraph. */
const inline = new Set("a abbr b bdi cite code em font i img kbd q s samp small span strong sub sup tt u var wbr".split(" "))

const entities: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", plusmn: "±", times: "×", minus: "−", hellip: "…",
  mdash: "—", ndash: "–", laquo: "«", raquo: "»", ldquo: "“", rdquo: "”", lsquo: "‘", rsquo: "’", copy: "©", reg: "®", deg: "°",
}

/** Named entities of the corpora and all numeric ones; an unknown name stays as it is written. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return entities[name] ?? whole
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10)
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? "\ufffd" : String.fromCodePoint(code)
  })

/** Paragraphs in document order, cleaned, none empty. Content of script, style, pre, head and svg is left out. */
export const htmlParagraphs = (html: string): readonly string[] => {
  const paragraphs: string[] = []
  let open = ""
  const close = () => {
    const paragraph = cleanText(decodeEntities(open))
    if (paragraph !== "") paragraphs.push(paragraph)
    open = ""
  }
  for (const match of html.matchAll(pieces)) {
    const [piece, skipped, tag] = match
    if (tag !== undefined) {
      if (!inline.has(tag.toLowerCase())) close()
    } else if (skipped !== undefined) close()
    else if (!piece.startsWith("<!--")) open += piece
  }
  close()
  return paragraphs
}
