/** Language models cut into parts and put together again, as nodes: models that share a block give one value. */
import { defineKind, many, must, ndarray, NodeFailure, one, tensorsPort, text, type PortValue, type Tensors } from "#src"
import * as t from "io-ts"
import { model } from "../port/model.ts"
import { mergedMeta } from "./merged-meta.ts"
import { coefficients, sharesOf } from "./regmean-params.ts"
import { weightedMean } from "./with-data/regmean.ts"

/** Weights as a model has them, but that blocks are all called the first one, `block/0/...`. */
export const modelPart = tensorsPort("model-part", t.readonly(t.type({ heads: t.number })))
export type ModelPart = PortValue<typeof modelPart>

const inBlock = /^block\/\d+\//
const belongs = (name: string, part: string): boolean => (part === "below" ? name === "substrate" : part === "above" ? name !== "substrate" && !inBlock.test(name) : name.startsWith(`${part}/`))

export const partOfModel = defineKind({
  id: "merger/model-part",
  module: import.meta.url,
  title: "A part of a language model",
  params: { part: text({ doc: "block/0 and so on, what is above them (above) or a trained substrate (below)" }) },
  inputs: { model: one(model) },
  outputs: { part: modelPart },
  run: ({ model: { meta, tensors } }, { part }) => {
    const own = Object.entries(tensors).filter(([name]) => belongs(name, part))
    if (own.length === 0) throw new NodeFailure(`the model has no part ${part}`, { param: "part" })
    return { part: { meta: { heads: meta.heads }, tensors: Object.fromEntries(own.map(([name, weight]) => [name.replace(inBlock, "block/0/"), weight])) } }
  },
})

/** What has no linear maps, merged. */
export const meanOfParts = defineKind({
  id: "merger/mean-part",
  module: import.meta.url,
  title: "Mean of a part",
  params: { weight: coefficients },
  inputs: { parts: many(modelPart) },
  outputs: { part: modelPart },
  run: ({ parts }, { weight }) => {
    const { meta, tensors } = must(parts[0], "part")
    const weights = sharesOf(weight, parts.length)
    const mean = (name: string): Float32Array => weightedMean(parts.map((of) => must(of.tensors[name], name).data as Float32Array), { weights })
    return { part: { meta, tensors: Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, ndarray("f32", shape, mean(name))])) } }
  },
})

/** Of blocks the lowest first; described by the models that went into it. */
export const joinParts = defineKind({
  id: "merger/join-parts",
  module: import.meta.url,
  title: "A language model of parts",
  params: {},
  inputs: { models: many(model), parts: many(modelPart) },
  outputs: { model },
  run: ({ models, parts }) => {
    let blocks = 0
    const named = ({ tensors }: ModelPart): Tensors => {
      const isBlock = Object.keys(tensors).some((name) => inBlock.test(name))
      const block = isBlock ? blocks++ : 0
      return Object.fromEntries(Object.entries(tensors).map(([name, weight]) => [name.replace(inBlock, `block/${block}/`), weight]))
    }
    return { model: { meta: mergedMeta(models), tensors: Object.assign({}, ...parts.map(named)) as Tensors } }
  },
})
