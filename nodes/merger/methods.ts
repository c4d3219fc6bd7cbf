/** Every merge method by its own name, and by the names and params that mergekit's configurations use. */
import { arceeFusion, ram, ramPlus } from "./data-free/changed-elements.ts"
import { nearswap, nuslerp, passthrough, slerp, taskArithmetic, wiseFt } from "./data-free/interpolation.ts"
import { fisher } from "./data-free/fisher.ts"
import { linear } from "./data-free/linear.ts"
import { lines } from "./data-free/lines.ts"
import { sce } from "./data-free/sce.ts"
import { karcher, modelStock, modelStockRows, multislerp, nuslerpColumns, nuslerpRows } from "./data-free/spherical.ts"
import { breadcrumbs, breadcrumbsTies, dareLinear, dareTies, della, dellaLinear, ties } from "./data-free/task-vectors.ts"
import { varianceCorrected } from "./data-free/variance-corrected.ts"
import type { Known, Method } from "./method/method.ts"

const all: readonly Method[] = [
  linear, wiseFt, taskArithmetic, ties, dareLinear, dareTies, breadcrumbs, breadcrumbsTies, della, dellaLinear, sce, slerp, nuslerp, nuslerpRows,
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
  /** What mergekit is known to get wrong, as params that do likewise. */
  readonly compat?: Known["params"]
}

const l1 = { lambda: 1, rescale: "l1" }
const whole = { each: { density: 1 } }

/** Methods by mergekit's names, with mergekit's defaults where they are not the authors'. */
export const mergekit: ReadonlyMap<string, Mergekit> = new Map<string, Mergekit>([
  ["linear", { method: linear }],
  ["task_arithmetic", { method: taskArithmetic, params: { lambda: 1 } }],
  ["ties", { method: ties, ...whole, ignored: ["int8_mask"] }],
  ["dare_linear", { method: dareLinear, ...whole, params: l1, ignored: ["int8_mask"] }],
  ["dare_ties", { method: dareTies, ...whole, params: l1, ignored: ["int8_mask"] }],
  ["breadcrumbs", { method: breadcrumbs, ...whole, params: { lambda: 1 }, ignored: ["int8_mask"], compat: { compat: "mergekit" } }],
  ["breadcrumbs_ties", { method: breadcrumbsTies, ...whole, params: { lambda: 1 }, ignored: ["int8_mask"], compat: { compat: "mergekit" } }],
  ["della", { method: della, ...whole, params: l1, ignored: ["int8_mask"] }],
  ["della_linear", { method: dellaLinear, ...whole, params: l1, ignored: ["int8_mask"] }],
  ["sce", { method: sce, ignored: ["int8_mask"] }],
  ["slerp", { method: slerp, baseIsFirst: true }],
  ["nuslerp", { method: nuslerp }],
  ["multislerp", { method: multislerp, ignored: ["eps"], compat: { compat: "mergekit" } }],
  ["karcher", { method: karcher }],
  ["model_stock", { method: modelStock, compat: { compat: "mergekit" } }],
  ["nearswap", { method: nearswap }],
  ["arcee_fusion", { method: arceeFusion }],
  ["ram", { method: ram }],
  ["ramplus_tl", { method: ramPlus }],
  ["passthrough", { method: passthrough }],
])

/** Methods that one name of mergekit stands for, by its flags: `nuslerp_flatten`, `nuslerp_row_wise`, `filter_wise`. */
export const mergekitVariant = (name: string, flags: { readonly [flag: string]: unknown }): Mergekit | undefined => {
  const found = mergekit.get(name)
  if (name === "nuslerp" && flags["nuslerp_flatten"] === false) return { ...found, method: flags["nuslerp_row_wise"] === true ? nuslerpColumns : nuslerpRows }
  if (name === "model_stock" && flags["filter_wise"] === true) return { ...found, method: modelStockRows }
  return found
}
