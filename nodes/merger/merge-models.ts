/**
 * One model of several that were trained on one vocabulary and are of one shape.
 *
 *   average         the mean of each weight (arXiv 2208.03306, section 3), trained substrates included
 *   expert-layers   MLPs side by side behind a router that knows nothing yet, the mean of all else (Branch-Train-MiX, arXiv
 *                   2403.07816): before routers train, every MLP counts the same
 *   layer-swap      the lower blocks and the substrate of the first, the upper blocks, last norm and head of the second
 */
import { choice, defineKind, integer, many, must, NodeFailure, routerName, zeros, type NdArray, type Tensors } from "#src"
import { model, type Model } from "../port/model.ts"
import { linear } from "./data-free/linear.ts"
import { merged } from "./merge-kind.ts"
import { mergedMeta } from "./merged-meta.ts"
import type { Method } from "./method/method.ts"
import { requireAlike } from "./require-alike.ts"
import { stacked } from "./stack-blocks.ts"

const rules = ["average", "expert-layers", "layer-swap"] as const

const isMlp = (name: string): boolean => /^block\/\d+\/mlp\//.test(name)

/** `mean`: of all weights. */
const expertLayers = (models: readonly Model[], { meta }: Model, mean: Tensors): Tensors => ({
  ...Object.fromEntries(
    Object.entries(mean).flatMap(([name, tensor]): readonly (readonly [string, NdArray])[] =>
      isMlp(name) ? models.map((of, j) => [name.replace("/mlp/", `/expert/${j}/`), must(of.tensors[name], name)]) : [[name, tensor]],
    ),
  ),
  ...Object.fromEntries(Array.from({ length: meta.blocks }, (_, i) => [routerName(i), zeros("f32", [meta.width, models.length])])),
})

const layerSwap = (models: readonly Model[], { meta }: Model, lower: number): Tensors => {
  if (models.length !== 2) throw new NodeFailure(`blocks of 2 models are swapped, ${models.length} came in`)
  if (lower > meta.blocks) throw new NodeFailure(`the models have ${meta.blocks} blocks, fewer than ${lower}`, { param: "lower" })
  const cut = lower === 0 ? Math.floor(meta.blocks / 2) : lower
  const [below, above] = [must(models[0], "model"), must(models[1], "model")]
  return stacked([{ of: below, from: 0, to: cut }, { of: above, from: cut, to: meta.blocks }])
}

export const mergeModels = defineKind({
  id: "merger/models",
  module: import.meta.url,
  title: "Merge models",
  reference: "https://arxiv.org/abs/2403.07816",
  params: {
    rule: choice(rules, { default: "average", doc: "Mean of weights; MLPs as experts of one layer, the mean of all else; lower blocks of the first under upper blocks of the second" }),
    lower: integer({ min: 0, max: 64, default: 0, doc: "Blocks of the first model where layers are swapped; 0 for half of them" }),
  },
  inputs: { models: many(model) },
  outputs: { model },
  passes: { model: "models" },
  run: ({ models }, { rule, lower }, context) => {
    const first = requireAlike(models)
    const mean = (): Tensors => merged(linear as unknown as Method, { models, base: undefined }, { normalize: true, weight: [] }, context).tensors
    const tensors = rule === "layer-swap" ? layerSwap(models, first, lower) : rule === "expert-layers" ? expertLayers(models, first, mean()) : mean()
    return { model: { meta: mergedMeta(models), tensors } }
  },
})
