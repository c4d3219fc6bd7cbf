/** HTML by template literals: whatever is put in is escaped, unless it is HTML already. */

/** A piece of HTML that is safe as it stands. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | undefined | readonly Part[]

/** `html\`<b>${text}</b>\``: texts are escaped, lists joined, `undefined` left out. */
export const html = (pieces: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: pieces.map((piece, i) => piece + render(parts[i])).join(""),
})

/** Markup made elsewhere, such as a chart's SVG. */
export const raw = (text: string): Html => ({ html: text })

const render = (part: Part): string => {
  if (part === undefined) return ""
  if (typeof part === "string" || typeof part === "number") return escapeText(String(part))
  if (Array.isArray(part)) return part.map(render).join("")
  return (part as Html).html
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

export const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
