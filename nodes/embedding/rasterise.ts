/**
 * Outlines to bitmaps: a pixel is ink when its centre is inside the outline (non-zero winding). Made for Unifont, whose
 * outlines are traced from pixels: every edge lies on the 16 x 16 grid, so sampling at centres gives the pixels back
 * exactly. Curves are taken as their chords: in this font each is a straight edge with a degenerate control point.
 */
import type { PathCommand } from "opentype.js/dist/opentype.mjs"
import { side } from "./glyph.ts"

/** An upward or downward edge that a horizontal line can cross. */
interface Edge {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

/**
 * 16 rows, bit 15 leftmost. `pixel` is the size of a pixel in font units, `ascender` the height of the top edge of the
 * grid over the base line (y grows upwards in fonts).
 */
export const rasterise = (commands: readonly PathCommand[], pixel: number, ascender: number): Uint16Array => {
  const edges = edgesOf(commands)
  const rows = new Uint16Array(side)
  for (let y = 0; y < side; y++) {
    const height = ascender - (y + 0.5) * pixel
    const crossings = edges
      .filter(({ y0, y1 }) => y0 > height !== y1 > height)
      .map(({ x0, y0, x1, y1 }) => ({ x: x0 + ((height - y0) * (x1 - x0)) / (y1 - y0), turn: y1 > y0 ? 1 : -1 }))
    for (let x = 0; x < side && crossings.length > 0; x++) {
      const centre = (x + 0.5) * pixel
      const winding = crossings.reduce((sum, crossing) => (crossing.x < centre ? sum + crossing.turn : sum), 0)
      if (winding !== 0) rows[y] = rows[y]! | (1 << (15 - x))
    }
  }
  return rows
}

const edgesOf = (commands: readonly PathCommand[]): readonly Edge[] => {
  const edges: Edge[] = []
  let [startX, startY, x0, y0] = [0, 0, 0, 0]
  for (const { type, x = startX, y = startY } of commands) {
    if (type === "M") [startX, startY] = [x, y]
    else edges.push({ x0, y0, x1: x, y1: y })
    ;[x0, y0] = [x, y]
  }
  return edges
}
