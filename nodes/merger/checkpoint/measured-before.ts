/**
 * What a merge measured of its models (quantiles, inner products, lengths) lies beside its result. A merge of the same models to the same place
 * looks at it, so that a coefficient that moved costs the pass that writes; where models are measured one by one, of another model only that
 * one is measured. Numbers are found by a hash of all that decides them: method, params that measuring looks at, files as they are. SPEC F12.
 */
import { hashBytes, hashJson, must, sizeOf, stampOf, type Hash, type Json } from "#src"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { anyNumber, finiteOnly } from "../method/finite-json.ts"
import { measuringLooks } from "../method/method.ts"
import { orderOf } from "../method/tensor-blocks.ts"
import { methodOf, seesOf } from "./jobs.ts"
import { measuredTogether } from "./measure-models.ts"
import type { Blend, MergePlan, PlannedModel, PlannedTensor, Source } from "./merge-plan.ts"

/** Beside the weights of a result. */
export const measuredName = "cambium-measured.json"

/** Changes when the same models would be measured to other numbers. */
const measuringVersion = 1

type Numbers = { readonly [key: string]: unknown }
type Blended = PlannedTensor & { readonly work: Blend }

/** What lies beside an earlier result at `out`; nothing where it is not whole. */
export const readMeasured = (out: string): Numbers => {
  try {
    const { check, numbers } = JSON.parse(readFileSync(join(out, measuredName), "utf8")) as { readonly check: string; readonly numbers: Numbers }
    return check === checkOf(numbers) ? numbers : {}
  } catch {
    return {}
  }
}

export const measuredText = (numbers: Numbers): string => `${JSON.stringify({ check: checkOf(numbers), numbers })}\n`

const checkOf = (numbers: Numbers): string => hashBytes(JSON.stringify(numbers))

/** Tensors that are measured together: one, or those of a whole model. */
export interface Unit {
  readonly tensors: readonly Blended[]
  /** By what is found what was measured of each model, where they are measured one by one, as they are listed; else of all. */
  readonly keys: { readonly each: readonly Hash[] } | { readonly all: Hash }
}

export const unitsOf = (plan: MergePlan): readonly Unit[] => {
  const blended = plan.tensors.flatMap((tensor) => (tensor.work._tag === "blend" && sizeOf(tensor.shape) > 0 && methodOf(tensor.work).measure !== undefined ? [{ ...tensor, work: tensor.work }] : []))
  const alone = blended.filter(({ work }) => methodOf(work).span?.(work.params as never) !== "model").map((tensor) => [tensor])
  const keysOf = makeKeysOf(plan)
  return [...alone, ...measuredTogether(plan).values()].map((tensors) => ({ tensors, keys: keysOf(tensors) }))
}

const makeKeysOf = (plan: MergePlan): ((tensors: readonly Blended[]) => Unit["keys"]) => {
  const stamps = plan.inputs.map((input, i) => [must(plan.fingerprints[i], "fingerprint"), stampOf(input)])
  const sourceOf = ({ model, place, rows, cast }: Source): Json => [must(stamps[model], "input"), plain(place), cast ?? null, rows === undefined ? null : plain([[...rows.rows], [...rows.fills]])]
  const besideOf = (companions: PlannedModel["companions"]): Json => Object.entries(companions).map(([name, source]) => [name, sourceOf(source)])
  return (tensors) => {
    const { work } = must(tensors[0], "tensor")
    const method = methodOf(work)
    const { params, each } = measuringLooks(method)
    const only = (values: { readonly [param: string]: Json }, names: readonly string[]): Json => names.map((name) => values[name] ?? null)
    const common: Json = [measuringVersion, method.name, only(work.params, params), method.seeded === true ? plan.seed : null]
    const parts = tensors.map((tensor) => [tensor.name, [...tensor.shape], seesOf(tensor, tensor.work), tensor.work.base === undefined ? null : sourceOf(tensor.work.base)])
    const modelAt = (i: number): Json =>
      tensors.map(({ work: { models } }) => {
        const model = models[i]
        return model === undefined ? null : [model.id, sourceOf(model.source), besideOf(model.companions), only(model.params, each)]
      })
    const models = work.models.map((_, i) => modelAt(i))
    return method.apart?.when(work.params as never, work.models.length) === true ? { each: models.map((model) => hashJson([common, parts, model])) } : { all: hashJson([common, parts, models]) }
  }
}

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json

/** The plan with what is there already of what it measures. */
export const withFound = (plan: MergePlan, units: readonly Unit[], numbers: Numbers): MergePlan => {
  const at = (key: Hash): { readonly found?: { readonly value: unknown } } => (Object.hasOwn(numbers, key) ? { found: { value: anyNumber(numbers[key]) } } : {})
  const foundIn = new Map(units.flatMap(({ tensors, keys }) => tensors.map(({ name }) => [name, keys] as const)))
  return {
    ...plan,
    tensors: plan.tensors.map((tensor) => {
      const [keys, { work }] = [foundIn.get(tensor.name), tensor]
      if (keys === undefined || work._tag === "copy") return tensor
      return { ...tensor, work: "all" in keys ? { ...work, ...at(keys.all) } : { ...work, models: work.models.map((model, i) => ({ ...model, ...at(must(keys.each[i], "key")) })) } }
    }),
  }
}

/** How many tensors of such a plan need not be measured: nothing of what they are made of has changed for it. */
export const tensorsMeasuredBefore = ({ tensors }: MergePlan): number =>
  tensors.filter(({ work }) => work._tag === "blend" && (work.found !== undefined || (work.models.length > 0 && work.models.every(({ found }) => found !== undefined)))).length

/** What is there after a merge: of what it measured now, and of what it found. `measured`: by the name of a unit's first tensor, as the method gives it. */
export const numbersOf = (units: readonly Unit[], before: Numbers, measured: (tensor: Blended) => unknown): Numbers =>
  Object.fromEntries(
    units.flatMap(({ tensors, keys }) => {
      const first = must(tensors[0], "tensor")
      const { work } = first
      const method = methodOf(work)
      // Where nothing has to be measured, what is there may serve another time.
      const now = method.passes(work.params as never, work.models.length) === 1 ? undefined : measured(first)
      const kept = (key: Hash, value: unknown): readonly (readonly [string, unknown])[] => (value !== undefined ? [[key, finiteOnly(value)]] : Object.hasOwn(before, key) ? [[key, before[key]]] : [])
      if ("all" in keys) return kept(keys.all, now)
      const order = orderOf(method, work.models as never)
      return keys.each.flatMap((key, i) => kept(key, (now as readonly unknown[] | undefined)?.[order.indexOf(i)]))
    }),
  )
