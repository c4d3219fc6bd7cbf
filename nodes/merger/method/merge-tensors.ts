/**
 * A merge of models that are in memory: the executor of node kinds, and what the one for checkpoints is compared with.
 * Keeps SPEC M1 to M5.
 */
import * as E from "fp-ts/lib/Either.js"
import { canonical, encodeHalves, ndarray, numbersOf, type Dtype, type Json, type NdArray, type Random, type Tensors } from "#src"
import { blendBlock, measureBlocks, type AnyBlock } from "./blend.ts"
import { blocksOf } from "./blocks.ts"
import type { Measuring } from "./measuring.ts"
import type { Entry, Method, Numbers, Place, Site } from "./method.ts"
import { placesOf } from "./place.ts"
import { leavesOf, sumTree, type SumTree } from "./sum-tree.ts"

/** Params that may differ from tensor to tensor. */
export type ParamsAt = (place: Place) => { readonly [param: string]: Json }

export interface MergedModel {
  /** Content hash, or another name that does not depend on the order of models. */
  readonly id: string
  readonly tensors: Tensors
  /** By the method's name of the companion, then by tensor: `{ fisher: { "0/weight": ... } }`. */
  readonly companions?: { readonly [name: string]: Tensors }
  readonly params: ParamsAt
}

export interface Merge {
  readonly method: Method
  readonly params: ParamsAt
  readonly base?: Tensors
  readonly models: readonly MergedModel[]
  readonly random: Random
  /** Dtype of the merged floating-point tensors; absent: that of the base, or of the first model. */
  readonly dtype?: "f32" | "f16" | "bf16"
  /** Elements in a block; for tests. */
  readonly blockElements?: number
}

const floats: readonly Dtype[] = ["f32", "f16", "bf16"]
const isFloat = ({ dtype }: NdArray): boolean => floats.includes(dtype)

/** A tensor in the making: its blocks can be read again and again. */
export interface Making {
  readonly tensor: Place
  readonly measured: unknown
  /** Over the models as the blocks list them. */
  readonly tree: SumTree
  readonly blocks: () => Iterable<AnyBlock>
}

/** The base, or the first model: what gives the merged model its names, shapes and whole numbers. */
const templateOf = ({ base, models }: Pick<Merge, "base" | "models">): Tensors => base ?? (models[0] as MergedModel).tensors

/** Every floating-point tensor of the merge, measured. The merge must have no fault. */
export const makings = function* (merge: Merge): Generator<Making> {
  const { method, base, random } = merge
  const template = templateOf(merge)
  const places = placesOf(Object.fromEntries(Object.entries(template).map(([name, { shape }]) => [name, shape])))
  const numbers = (tensor: NdArray | undefined): Numbers => numbersOf(tensor as NdArray) as Numbers
  const siteOf = (tensor: Place): Site<never, never> & { readonly order: readonly number[] } => {
    const params = merge.models.map((model) => model.params(tensor))
    const listed = params.map((_, i) => i)
    const order = method.symmetric ? leavesOf(sumTree(merge.models.map(({ id }) => id), params.map((p) => canonical(p as Json)))) : listed
    const models = order.map((i): Entry<never> => ({ id: (merge.models[i] as MergedModel).id, params: params[i] as never }))
    return { tensor, params: merge.params(tensor) as never, models, based: base !== undefined, order }
  }
  const blocks = function* (tensor: Place): Generator<AnyBlock> {
    const { order, ...site } = siteOf(tensor)
    const name = tensor.name
    const from = base === undefined ? undefined : numbers(base[name])
    const parts = order.map((i, k) => {
      const { tensors, companions = {} } = merge.models[i] as MergedModel
      const beside = Object.entries(companions).map(([companion, of]) => [companion, numbers(of[name])] as const)
      return { ...(site.models[k] as Entry<never>), values: numbers(tensors[name]), beside }
    })
    for (const { start, length } of blocksOf(tensor.shape, method.sees, merge.blockElements)) {
      const view = (values: Numbers): Numbers => values.subarray(start, start + length)
      yield {
        ...site,
        start,
        length,
        base: from === undefined ? undefined : view(from),
        random: random.fork(name),
        models: parts.map(({ beside, ...part }) => ({
          ...part,
          values: view(part.values),
          companions: Object.fromEntries(beside.map(([companion, values]) => [companion, view(values)])),
        })),
      }
    }
  }
  const merged = places.filter(({ name }) => isFloat(template[name] as NdArray))
  const measure = (over: readonly Place[]): unknown => {
    const [first] = over
    if (method.measure === undefined || first === undefined) return undefined
    const measuring = method.measure(siteOf(first)) as Measuring<AnyBlock, unknown>
    return measureBlocks(measuring, function* () {
      for (const tensor of over) yield* blocks(tensor)
    })
  }
  const span = merged[0] === undefined ? "tensor" : (method.span?.(merge.params(merged[0]) as never) ?? "tensor")
  const whole = span === "model" ? measure(merged) : undefined
  for (const tensor of merged) {
    const { models } = siteOf(tensor)
    const tree = sumTree(models.map(({ id }) => id), models.map(({ params }) => canonical(params as Json)))
    yield { tensor, measured: span === "model" ? whole : measure([tensor]), tree, blocks: () => blocks(tensor) }
  }
}

/** Left: what does not fit, by model and tensor. Tensors of whole numbers are those of the base, or of the first model. */
export const mergeTensors = (merge: Merge): E.Either<string, Tensors> => {
  const fault = faultOf(merge)
  if (fault !== undefined) return E.left(fault)
  const template = templateOf(merge)
  const results = [...makings(merge)].map(({ tensor, measured, tree, blocks }) => {
    const source = template[tensor.name] as NdArray
    const out = new Float64Array(source.data.length)
    for (const block of blocks()) blendBlock(merge.method, block, measured, tree, out.subarray(block.start, block.start + block.length))
    return [tensor.name, stored(out, source, merge.dtype)] as const
  })
  return E.right({ ...template, ...Object.fromEntries(results) })
}

/** Rounded once. */
export const stored = (values: Float64Array, { dtype, shape }: NdArray, wanted: Merge["dtype"]): NdArray => {
  const as = wanted ?? dtype
  return as === "f16" || as === "bf16" ? ndarray(as, shape, encodeHalves(as, values)) : ndarray("f32", shape, Float32Array.from(values))
}

/** What is wrong with the number of models or the base. */
export const arityFault = (method: Method, models: number, based: boolean): string | undefined => {
  const { least, most } = method.models
  const beside = method.base === "none" ? "" : " beside the base"
  if (models < least || models > most) return `${method.name} merges ${least === most ? least : most === Infinity ? `${least} or more` : `${least} to ${most}`} models${beside}, got ${models}`
  if (method.base === "required" && !based) return `${method.name} needs a base model`
  if (method.base === "none" && based) return `${method.name} takes no base model; list it among the models`
  return undefined
}

/** The first thing that does not fit: number of models, base, names, shapes, dtypes, companions. */
export const faultOf = ({ method, base, models }: Merge): string | undefined => {
  const arity = arityFault(method, models.length, base !== undefined)
  if (arity !== undefined) return arity
  const all = [...(base === undefined ? [] : [{ who: "the base", tensors: base }]), ...models.map(({ tensors }, i) => ({ who: `model ${i + 1}`, tensors }))]
  const [first] = all as [(typeof all)[number]]
  const shape = (tensor: NdArray): string => `[${tensor.shape.join(", ")}]`
  for (const { who, tensors } of all) {
    const lacking = Object.keys(first.tensors).find((name) => tensors[name] === undefined)
    if (lacking !== undefined) return `${who} has no tensor ${lacking}, which ${first.who} has`
    const extra = Object.keys(tensors).find((name) => first.tensors[name] === undefined)
    if (extra !== undefined) return `${who} has a tensor ${extra}, which ${first.who} has not`
    for (const [name, tensor] of Object.entries(tensors)) {
      const other = first.tensors[name] as NdArray
      if (shape(tensor) !== shape(other)) return `${name} is ${shape(tensor)} in ${who} and ${shape(other)} in ${first.who}`
      if (isFloat(tensor) !== isFloat(other)) return `${name} is ${tensor.dtype} in ${who} and ${other.dtype} in ${first.who}`
    }
  }
  for (const [i, { companions, tensors }] of models.entries()) {
    for (const companion of method.companions ?? []) {
      const lacking = Object.keys(tensors).find((name) => isFloat(tensors[name] as NdArray) && companions?.[companion]?.[name] === undefined)
      if (lacking !== undefined) return `${method.name} needs the ${companion} of model ${i + 1}; it has none of ${lacking}`
    }
  }
  return undefined
}
