/** Every merge method by its own name, and by the names and params that mergekit's configurations use. */
import { arceeFusion, ram, ramPlus } from "./data-free/changed-elements.ts"
import { nearswap, passthrough, slerp, taskArithmetic, wiseFt } from "./data-free/interpolation.ts"
import { fisher } from "./data-free/fisher.ts"
import { linear } from "./data-free/linear.ts"
import { linearMergekit } from "./data-free/linear-mergekit.ts"
import { lines } from "./data-free/lines.ts"
import { nuslerp, nuslerpColumns, nuslerpRows } from "./data-free/nuslerp.ts"
import { sce } from "./data-free/sce.ts"
import { karcher, modelStock, modelStockRows, multislerp } from "./data-free/spherical.ts"
import { breadcrumbs, breadcrumbsTies, dareLinear, dareTies, della, dellaLinear, ties } from "./data-free/task-vectors.ts"
import { varianceCorrected } from "./data-free/variance-corrected.ts"
import type { Json } from "#src"
import type { Known, Method } from "./method/method.ts"

const all: readonly Method[] = [
  linear, linearMergekit, wiseFt, taskArithmetic, ties, dareLinear, dareTies, breadcrumbs, breadcrumbsTies, della, dellaLinear, sce, slerp, nuslerp, nuslerpRows,
  nuslerpColumns, multislerp, karcher, modelStock, modelStockRows, nearswap, arceeFusion, ram, ramPlus, passthrough, lines, varianceCorrected, fisher,
]

export const methods: ReadonlyMap<string, Method> = new Map(all.map((method) => [method.name, method]))

/** What a method of mergekit is here. */
export interface Mergekit extends Known {
  readonly method: Method
  /** Params that mergekit has and that mean nothing for the numbers. */
  readonly ignored?: readonly string[]
  /** Here the base is the first of the models. */
  readonly baseIsFirst?: true
  /** Here a base that is not listed is one more of the models. */
  readonly baseIsModel?: true
  /** What mergekit is known to get wrong, as params that do likewise, or as another method. */
  readonly compat?: Known["params"]
  readonly compatMethod?: Method
  /** What values of mergekit's params are here. */
  readonly means?: { readonly [param: string]: { readonly [value: string]: Json } }
  /** With which rows mergekit merges embeddings of different lengths: those that all have, or the base's; it refuses where this is absent. */
  readonly lengths?: "common" | "base"
}

const l1 = { lambda: 1, rescale: "l1" }
const rescaled = { params: l1, means: { rescale: { true: "l1", false: "none" } } }
const whole = { each: { density: 1 } }
const outliers = { each: { density: 1, gamma: 0.01 } }
const ranked = { each: { density: 1, epsilon: 0.15 } }

/** Methods by mergekit's names, with mergekit's defaults where they are not the authors'. */
export const mergekit: ReadonlyMap<string, Mergekit> = new Map<string, Mergekit>([
  ["linear", { method: linear, compatMethod: linearMergekit, lengths: "common" }],
  ["task_arithmetic", { method: taskArithmetic, params: { lambda: 1 }, lengths: "base" }],
  ["ties", { method: ties, ...whole, ignored: ["int8_mask"], lengths: "base" }],
  ["dare_linear", { method: dareLinear, ...whole, ...rescaled, ignored: ["int8_mask"], lengths: "base" }],
  ["dare_ties", { method: dareTies, ...whole, ...rescaled, ignored: ["int8_mask"], lengths: "base" }],
  ["breadcrumbs", { method: breadcrumbs, ...outliers, params: { lambda: 1 }, ignored: ["int8_mask"], compat: { compat: "mergekit" }, lengths: "base" }],
  ["breadcrumbs_ties", { method: breadcrumbsTies, ...outliers, params: { lambda: 1 }, ignored: ["int8_mask"], compat: { compat: "mergekit" }, lengths: "base" }],
  ["della", { method: della, ...ranked, ...rescaled, ignored: ["int8_mask"], lengths: "base" }],
  ["della_linear", { method: dellaLinear, ...ranked, ...rescaled, ignored: ["int8_mask"], lengths: "base" }],
  ["sce", { method: sce, ignored: ["int8_mask"], compat: { compat: "mergekit" }, lengths: "base" }],
  ["slerp", { method: slerp, baseIsFirst: true, lengths: "common" }],
  ["nuslerp", { method: nuslerp, lengths: "common" }],
  ["multislerp", { method: multislerp, ignored: ["eps"], compat: { compat: "mergekit" } }],
  ["karcher", { method: karcher, baseIsModel: true, lengths: "common" }],
  ["model_stock", { method: modelStock, compat: { compat: "mergekit" }, lengths: "common" }],
  ["nearswap", { method: nearswap }],
  ["arcee_fusion", { method: arceeFusion, lengths: "common" }],
  ["ram", { method: ram }],
  ["ramplus_tl", { method: ramPlus }],
  ["passthrough", { method: passthrough }],
])

/** Names that a configuration may have: mergekit's, and those of methods that mergekit has not. */
export const methodNames: readonly string[] = [...new Set([...mergekit.keys(), ...methods.keys()])]

/** Methods that one name stands for, by mergekit's flags: `nuslerp_flatten`, `nuslerp_row_wise`, `filter_wise`. */
export const mergekitVariant = (name: string, flags: { readonly [flag: string]: unknown }): Mergekit | undefined => {
  const own = methods.get(name)
  const found = mergekit.get(name) ?? (own === undefined ? undefined : { method: own })
  if (name === "nuslerp" && flags["nuslerp_flatten"] === false) return { ...found, method: flags["nuslerp_row_wise"] === true ? nuslerpColumns : nuslerpRows }
  if (name === "model_stock" && flags["filter_wise"] === true) return { ...found, method: modelStockRows }
  return found
}
