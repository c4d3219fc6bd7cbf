/** Which box lies next to another in a direction: what arrow keys go to. */
import type { Place } from "./layout.ts"

export type Direction = "left" | "right" | "up" | "down"

interface Boxed extends Place {
  readonly path: string
}

/** The nearest box that way, where sideways distance counts double; undefined at the border. */
export const neighbour = (boxes: readonly Boxed[], from: string, direction: Direction): string | undefined => {
  const start = boxes.find(({ path }) => path === from)
  if (start === undefined) return undefined
  const [sx, sy] = centre(start)
  const horizontal = direction === "left" || direction === "right"
  const sign = direction === "left" || direction === "up" ? -1 : 1
  let best: { readonly path: string; readonly cost: number } | undefined
  for (const box of boxes) {
    const [x, y] = centre(box)
    const along = sign * (horizontal ? x - sx : y - sy)
    const across = Math.abs(horizontal ? y - sy : x - sx)
    if (box === start || along <= (horizontal ? start.width / 2 : 1) || (!horizontal && across > start.width)) continue
    const cost = along + 2 * across
    if (best === undefined || cost < best.cost) best = { path: box.path, cost }
  }
  return best?.path
}

const centre = ({ x, y, width, height }: Place): readonly [number, number] => [x + width / 2, y + height / 2]
