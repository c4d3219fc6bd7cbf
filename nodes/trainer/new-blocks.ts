/**
 * How new blocks begin on top of a trained stack.
 *
 *   random   as in a fresh model (arXiv 2507.07129v1, section 3.2)
 *   zero     random, but what a block adds to the residual stream is 0: the deeper model is the one below (Net2DeeperNet,
 *            arXiv 1511.05641, for a residual network)
 *   copy     the blocks below, lowest first, as often as they fit (stacking, arXiv 2405.15319: M o M o ... o M)
 */
import { NodeFailure, zeros, type NdArray, type Tensors } from "#src"
import type { Model } from "../port/model.ts"

export const blockStarts = ["random", "zero", "copy"] as const
export type BlockStart = (typeof blockStarts)[number]

const addsToStream = (name: string): boolean => /\/(attention\/out|mlp\/down)$/.test(name)

/** The weights of the new blocks from `fresh`, their random start; other weights pass. */
export const startBlocks = (fresh: Tensors, below: Model | undefined, start: BlockStart): Tensors => {
  if (start === "random") return fresh
  if (below === undefined) throw new NodeFailure(`blocks begin as "${start}" on top of a model, and none comes in at below`, { param: "start" })
  if (start === "zero") return Object.fromEntries(Object.entries(fresh).map(([name, weight]) => [name, addsToStream(name) ? zeros("f32", weight.shape) : weight]))
  const { blocks } = below.meta
  const names = Object.keys(below.tensors)
  return Object.fromEntries(
    [...new Set(Object.keys(fresh).flatMap((name) => /^block\/(\d+)\//.exec(name)?.[1] ?? []))].flatMap((block) => {
      const from = `block/${Number(block) % blocks}/`
      return names.filter((name) => name.startsWith(from)).map((name) => [`block/${block}/${name.slice(from.length)}`, below.tensors[name] as NdArray])
    }),
  )
}
