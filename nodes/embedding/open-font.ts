/** Finds and reads the font a substrate is drawn with; what is wrong with it fails the node. */
import { messageOf, NodeFailure } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { join, resolve } from "node:path"
import type { GlyphFont } from "./glyph.ts"

const fontPackage = "@fontsource/unifontex"

/** The font file: `path`, or the npm package's when `path` is empty; undefined when that is not installed. */
export const fontFile = (path: string): string | undefined =>
  path !== ""
    ? resolve(path)
    : (createRequire(import.meta.url).resolve.paths(fontPackage) ?? [])
        .map((root) => join(root, fontPackage, "files/unifontex-latin-400-normal.woff"))
        .find((file) => existsSync(file))

/** Opens the font in `path` (`.hex`, or an outline font). Fails naming the file and the param `font`. */
export const openFont = async (path: string): Promise<GlyphFont> => {
  const file = fontFile(path)
  if (file === undefined) throw new NodeFailure(`node_modules/${fontPackage}: expected the npm package, got nothing; run npm ci`)
  const bytes = await readFile(file).catch((error: unknown) => {
    const got = (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : messageOf(error)
    throw new NodeFailure(`${file}: expected a font file, got ${got}`, { param: "font" })
  })
  // What reads outlines is loaded where a font is read, not where a graph names one.
  const { hexFont, outlineFont } = await import("./unifont.ts")
  const font = file.endsWith(".hex") ? hexFont(bytes.toString("utf8")) : outlineFont(bytes)
  if (E.isLeft(font)) throw new NodeFailure(`${file}: expected Unifont as .hex, WOFF or TrueType: ${font.left}`, { param: "font" })
  return font.right
}
