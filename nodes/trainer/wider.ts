/**
 * A model that is `times` as wide as another: which unit of the other each of its units is a copy of, where it begins as one. Copies lie next
 * to each other, as the coordinates of a substrate do that is lifted to the width of a model, so the substrate stays. Heads keep
 * their width, and there are more of them.
 */
import { gptShapes, NodeFailure, type GptConfig } from "#src"
import type { Model } from "../port/model.ts"

/** Of unit `i` of a wide axis: the unit of the narrow one that it is a copy of, and which copy, from 0. */
export type Copies = (i: number) => { readonly of: number; readonly copy: number }

export const same: Copies = (i) => ({ of: i, copy: 0 })
/** Coordinates of the residual stream, hidden units. */
export const units = (times: number): Copies => (i) => ({ of: Math.floor(i / times), copy: i % times })
/** Whole heads of width `n`. */
export const heads = (times: number, n: number): Copies => (i) => {
  const head = Math.floor(i / n)
  return { of: Math.floor(head / times) * n + (i % n), copy: head % times }
}

/** Fails where the model is none of `gptShapes`, the substrate aside. */
export const widerConfig = <Meta extends GptConfig>({ meta, tensors }: Model & { readonly meta: Meta }, times: number): Meta => {
  const strange = Object.keys(tensors).find((name) => name !== "substrate" && gptShapes(meta)[name] === undefined)
  if (strange !== undefined) throw new NodeFailure(`models with ${strange} cannot be widened`)
  return { ...meta, width: meta.width * times, heads: meta.heads * times }
}
