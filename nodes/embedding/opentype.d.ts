/** The part of opentype.js 2.0 that is used here; the package has no types of its own. */
declare module "opentype.js/dist/opentype.mjs" {
  export interface PathCommand {
    readonly type: "M" | "L" | "Q" | "C" | "Z"
    readonly x?: number
    readonly y?: number
    readonly x1?: number
    readonly y1?: number
  }
  export interface FontGlyph {
    /** 0 for the glyph that stands for missing ones. */
    readonly index: number
    readonly advanceWidth?: number
    readonly path: { readonly commands: readonly PathCommand[] }
  }
  export interface Font {
    readonly unitsPerEm: number
    readonly ascender: number
    charToGlyph(character: string): FontGlyph
  }
  /** Parses TTF, OTF or WOFF. Throws when the bytes are no font. `lowMemory` reads glyphs on demand. */
  export function parse(buffer: ArrayBuffer, options?: { readonly lowMemory?: boolean }): Font
}
