/** A picture of the report as a file of its own: the colours of the style sheet inside, light and dark by the reader's setting. */
import { readFileSync } from "node:fs"

/** From `:root` of the page's style sheet, both schemes. */
const colours = (): string => {
  const css = readFileSync(new URL("../report/page.css", import.meta.url), "utf8")
  return (css.match(/:root \{[^}]*\}|@media \(prefers-color-scheme: dark\) \{\s*:root \{[^}]*\}\s*\}/g) ?? []).join("\n")
}

/** `svg` with its own background and margin, so that it can be read on any page. */
export const standalone = (svg: string): string => {
  const [, , w = "0", h = "0"] = (/viewBox="([^"]*)"/.exec(svg)?.[1] ?? "0 0 0 0").split(/[ ,]+/)
  const [width, height] = [Number(w), Number(h)]
  const inner = svg.trim().replace(/^<svg([^>]*)>/, (_, attributes: string) => `<svg${attributes.replace(/ (class|xmlns|xmlns:xlink|width|height)="[^"]*"/g, "")} width="${width}" height="${height}">`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-14 -14 ${width + 28} ${height + 28}" width="${width + 28}" height="${height + 28}">
<style>${colours()}</style><rect x="-14" y="-14" width="100%" height="100%" rx="8" fill="var(--card)"/>
${inner}</svg>\n`
}
