/**
 * The version of a lowering: a short hash of the sources that decide which numbers come out. It is in the device's family, so that
 * results of a lowering that has changed since are not taken for what it would give now. Whole-line comments, blank lines and
 * indentation are not in it, and neither is where the sources lie. SPEC D8.
 */
import { readFileSync } from "node:fs"
import { hashJson } from "../base/hash.ts"

/** Of the modules at `entries` and of all of ours that they import for more than types, however indirectly. */
export const loweringVersion = (...entries: readonly URL[]): string => {
  // In the order they are met, which the sources decide.
  const codes = new Map<string, string>()
  const pending = [...entries].reverse()
  for (let url = pending.pop(); url !== undefined; url = pending.pop()) {
    if (codes.has(url.href)) continue
    const code = codeOf(readFileSync(url, "utf8"))
    codes.set(url.href, code)
    pending.push(...importsOf(code).reverse().map((specifier) => new URL(specifier, url)))
  }
  return hashJson([...codes.values()]).slice(0, 8)
}

/** A module without its comments, as far as they have lines of their own. */
const codeOf = (text: string): string => {
  let comment = false
  const lines = text.split("\n").map((line) => line.trim())
  return lines
    .filter((line) => {
      const inside = comment || line.startsWith("/*")
      comment = inside && !line.includes("*/")
      return !inside && !line.startsWith("//") && line !== ""
    })
    .join("\n")
}

/** Relative specifiers of static and dynamic imports and of re-exports. */
const importsOf = (code: string): string[] => [
  ...[...code.matchAll(/^(?:import|export)\b(?! type\b)(?:[^"';]*\bfrom)?\s*"(\.[^"]*)"/gm)].map(([, specifier]) => specifier as string),
  ...[...code.matchAll(/\bimport\("(\.[^"]*)"\)/g)].map(([, specifier]) => specifier as string),
]
