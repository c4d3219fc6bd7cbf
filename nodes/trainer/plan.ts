/**
 * What a training run starts from: a fresh model, or the model below, frozen, with new blocks on top of it. Says which
 * weights train and which never change.
 */
import { initGpt, must, NodeFailure, type GptConfig, type Random, type Tensors } from "#src"
import type { Model } from "../port/model.ts"
import type { Substrate } from "../port/substrate.ts"

export interface Plan {
  readonly config: GptConfig
  /** Weights that receive gradients. */
  readonly trained: Tensors
  /** Weights of the blocks below: constants of the program. */
  readonly frozen: Tensors
  readonly stages: Model["meta"]["stages"]
}

export interface PlanParams {
  /** Width of the residual stream; 0 for the substrate's. */
  readonly width: number
  readonly blocks: number
  readonly heads: number
  readonly steps: number
}

/** The block a weight belongs to, counted from below; undefined for the head and the last norm. */
export const blockOf = (weight: string): number | undefined => {
  const match = /^block\/(\d+)\//.exec(weight)
  return match === null ? undefined : Number(match[1])
}

/** What two stages must have in common. */
const layout = ({ vocabulary, substrateWidth, width, heads }: GptConfig): string =>
  `vocabulary ${vocabulary}, substrate width ${substrateWidth}, width ${width}, ${heads} heads`

const pick = (tensors: Tensors, keep: (name: string) => boolean): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => keep(name)))

/**
 * New blocks are random; with a model `below` its blocks freeze and its head and last norm go on training (arXiv
 * 2507.07129v3: "the newest blocks and the LM head"). A trainable substrate trains in the first stage only.
 */
export const planTraining = (substrate: Substrate, below: Model | undefined, params: PlanParams, random: Random): Plan => {
  const [vocabulary = 0, substrateWidth = 0] = substrate.tensors["matrix"]?.shape ?? []
  const width = params.width === 0 ? substrateWidth : params.width
  const { heads } = params
  if (width % substrateWidth !== 0) {
    throw new NodeFailure(`a width of ${width} is not a multiple of the substrate's ${substrateWidth}`, { param: "width" })
  }
  if (width % heads !== 0) throw new NodeFailure(`${heads} heads do not divide a width of ${width}`, { param: "heads" })
  if ((width / heads) % 2 !== 0) {
    const each = `${heads} heads of a width of ${width} are ${width / heads} wide`
    throw new NodeFailure(`${each}; rotary positions need an even width`, { param: "heads" })
  }
  const kept = below?.meta.blocks ?? 0
  const config: GptConfig = { vocabulary, width, substrateWidth, heads, blocks: kept + params.blocks }
  if (below !== undefined && layout(below.meta) !== layout(config)) {
    throw new NodeFailure(`the model below has ${layout(below.meta)}; the substrate and params ask for ${layout(config)}`)
  }
  const table: Tensors = substrate.meta.trainable ? { substrate: must(substrate.tensors["matrix"], "substrate.matrix") } : {}
  const all: Tensors = { ...initGpt(config, random), ...table, ...below?.tensors }
  const freezes = (name: string): boolean => below !== undefined && (name === "substrate" || (blockOf(name) ?? kept) < kept)
  return {
    config,
    trained: pick(all, (name) => !freezes(name)),
    frozen: pick(all, freezes),
    stages: [...(below?.meta.stages ?? []), { blocks: params.blocks, steps: params.steps }],
  }
}
