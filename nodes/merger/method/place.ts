/** Where a tensor lies in its model: which numbered layer, of how many. */
import type { Shape } from "#src"
import type { Place } from "./method.ts"

/** The first part of a name that is a number, with what comes before it: `model.layers.7.mlp.0.weight` is in layer 7 of `model.layers.`. */
const numbered = (name: string): { readonly stack: string; readonly layer: number } | undefined => {
  const found = /^(.*?(?:^|[./]))(\d+)(?:[./]|$)/.exec(name)
  return found === null ? undefined : { stack: found[1] as string, layer: Number(found[2]) }
}

/** Places of all tensors of a model; layers are counted for each stack (`text.layers.`, `vision.blocks.`) by itself. */
export const placesOf = (shapes: { readonly [name: string]: Shape }): readonly Place[] => {
  const counts = new Map<string, number>()
  for (const name of Object.keys(shapes)) {
    const at = numbered(name)
    if (at !== undefined) counts.set(at.stack, Math.max(counts.get(at.stack) ?? 0, at.layer + 1))
  }
  return Object.entries(shapes).map(([name, shape]) => {
    const at = numbered(name)
    return { name, shape, layer: at?.layer, layers: at === undefined ? 0 : (counts.get(at.stack) as number) }
  })
}
