/**
 * What a training run starts from: a fresh model, or the model below with new blocks on top of it, or with none. Says which
 * weights train, which never change, and how the model's weights follow from both.
 */
import { initGpt, must, NodeFailure, type Exprs, type GptConfig, type Random, type Tensors } from "#src"
import type { Model, Stage } from "../port/model.ts"
import type { Substrate } from "../port/substrate.ts"
import { adapted, initAdapters } from "./adapters.ts"
import { startBlocks, type BlockStart } from "./new-blocks.ts"

export const trainable = ["newest", "all", "lora", "router"] as const
export const tableStages = ["first", "all"] as const

export interface Plan {
  readonly config: GptConfig
  /** What receives gradients: weights, and adapters of frozen weights. */
  readonly trained: Tensors
  /** Weights that are constants of the program. */
  readonly frozen: Tensors
  /** Frozen weights that have adapters: the model that comes out has their sums. */
  readonly adapted: readonly string[]
  /** The model's weights, from `trained` and `frozen`. */
  readonly weights: (given: Exprs) => Exprs
  /** How the model below came to be. */
  readonly before: readonly Stage[]
}

export interface PlanParams {
  /** Width of the residual stream; 0 for the substrate's. */
  readonly width: number
  readonly blocks: number
  readonly heads: number
  readonly start: BlockStart
  readonly trains: (typeof trainable)[number]
  readonly rank: number
  readonly table: (typeof tableStages)[number]
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

const isRouter = (name: string): boolean => name.endsWith("/router")

/**
 * With nothing below, everything trains. With a model `below`, `newest` trains the new blocks, the last norm and the head
 * (arXiv 2507.07129v3: "the newest blocks and the LM head"); `lora` also low-rank adapters of all blocks below; `all` everything;
 * `router` only what sends tokens to expert layers. A trainable substrate trains in the first stage, unless `table` says in all.
 */
export const planTraining = (substrate: Substrate, below: Model | undefined, params: PlanParams, random: Random): Plan => {
  const config = configOf(substrate, below, params)
  const kept = below?.meta.blocks ?? 0
  const table: Tensors = substrate.meta.trainable ? { substrate: must(substrate.tensors["matrix"], "substrate.matrix") } : {}
  const fresh = pick(initGpt(config, random), (name) => below === undefined || (blockOf(name) ?? -1) >= kept)
  const all: Tensors = { ...table, ...startBlocks(fresh, below, params.start), ...below?.tensors }
  if (params.trains === "router" && !Object.keys(all).some(isRouter)) throw new NodeFailure("no block of the model below has a router", { param: "trains" })
  const freezes = (name: string): boolean => {
    if (below === undefined) return false
    if (name === "substrate") return params.table === "first"
    if (params.trains === "router") return !isRouter(name)
    return params.trains !== "all" && (blockOf(name) ?? kept) < kept
  }
  const frozen = pick(all, freezes)
  const rank = params.rank === 0 ? Math.max(1, Math.round((2 * config.width) / config.blocks)) : params.rank
  const adapters = params.trains === "lora" ? initAdapters(pick(frozen, (name) => blockOf(name) !== undefined), rank, random.fork("adapters")) : {}
  const names = adapted(adapters)
  return {
    config,
    trained: { ...pick(all, (name) => !freezes(name)), ...adapters },
    frozen,
    adapted: Object.keys(names),
    weights: (given) => ({ ...given, ...Object.fromEntries(Object.entries(names).map(([name, sum]) => [name, sum(given)])) }),
    before: below?.meta.stages ?? [],
  }
}

const configOf = (substrate: Substrate, below: Model | undefined, params: PlanParams): GptConfig => {
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
  if (below === undefined && params.blocks === 0) throw new NodeFailure("no blocks, and no model below that has some", { param: "blocks" })
  const config = { vocabulary, width, substrateWidth, heads, blocks: (below?.meta.blocks ?? 0) + params.blocks }
  if (below !== undefined && layout(below.meta) !== layout(config)) {
    throw new NodeFailure(`the model below has ${layout(below.meta)}; the substrate and params ask for ${layout(config)}`)
  }
  return config
}
