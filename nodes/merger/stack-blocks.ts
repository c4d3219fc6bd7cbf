/**
 * Blocks of models of one family put one on another, as they are (mergekit's `passthrough` with slices, "frankenmerge"): the substrate and what is
 * below the blocks come from the model of the first slice, the last norm and the head from that of the last. A slice may come again:
 * depth up-scaling (arXiv 2312.15166).
 */
import * as t from "io-ts"
import { defineKind, many, must, NodeFailure, structured, type Tensors } from "#src"
import { model, type Model } from "../port/model.ts"
import { mergedMeta } from "./merged-meta.ts"

const Slices = t.readonlyArray(t.readonly(t.type({ model: t.number, from: t.number, to: t.number })))

const blockName = /^block\/(\d+)\/(.*)$/

/** Some blocks of a model: `from` counts from 0, `to` is behind the last. */
export interface Slice {
  readonly of: Model
  readonly from: number
  readonly to: number
}

/** Weights of the slices, the first lowest. */
export const stacked = (slices: readonly Slice[]): Tensors => {
  let next = 0
  const blocks: Tensors = Object.assign({}, ...slices.map(({ of, from, to }) => {
    const first = next - from
    next += to - from
    return Object.fromEntries(Object.entries(of.tensors).flatMap(([name, tensor]) => {
      const at = blockName.exec(name)
      const block = Number(at?.[1])
      return at !== null && block >= from && block < to ? [[`block/${first + block}/${at[2]}`, tensor] as const] : []
    }))
  }))
  const around = (slice: Slice | undefined, isBelow: boolean): Tensors => Object.fromEntries(Object.entries(must(slice, "slice").of.tensors).filter(([name]) => !blockName.test(name) && (name === "substrate") === isBelow))
  return { ...around(slices[0], true), ...blocks, ...around(slices.at(-1), false) }
}

export const stackBlocks = defineKind({
  id: "merger/stack-blocks",
  module: import.meta.url,
  title: "Blocks of models, one on another",
  reference: "https://arxiv.org/abs/2312.15166",
  params: {
    slices: structured(Slices, { default: [], doc: "Lowest first: which model, counted from 1, its first block, counted from 0, and the one behind its last; none means all of every model", expected: "a list of { model, from, to }" }),
  },
  inputs: { models: many(model) },
  outputs: { model },
  run: ({ models }, { slices }) => {
    const taken = slices.length > 0 ? slices : models.map(({ meta }, i) => ({ model: i + 1, from: 0, to: meta.blocks }))
    const parts = taken.map(({ model: number, from, to }) => {
      const of = models[number - 1]
      if (of === undefined) throw new NodeFailure(`a slice is of model ${number}; ${models.length} came in`, { param: "slices" })
      if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= of.meta.blocks)) throw new NodeFailure(`blocks ${from} to ${to} of model ${number}: expected some of its ${of.meta.blocks}`, { param: "slices" })
      return { of, from, to }
    })
    const bottom = parts[0]?.of as Model
    const tall = ({ meta: { width, heads, vocabulary } }: Model): string => `width ${width}, ${heads} heads, vocabulary ${vocabulary}`
    const other = parts.find(({ of }) => tall(of) !== tall(bottom))
    if (other !== undefined) throw new NodeFailure(`the models have ${tall(bottom)} and ${tall(other.of)}`)
    const blocks = parts.reduce((sum, { from, to }) => sum + to - from, 0)
    return { model: { meta: { ...mergedMeta(parts.map(({ of }) => of)), blocks }, tensors: stacked(parts) } }
  },
})
