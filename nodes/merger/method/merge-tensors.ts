/**
 * A merge of models that are in memory: the executor of node kinds, and what the one for checkpoints is compared with.
 * Keeps SPEC M1 to M5.
 */
import * as E from "fp-ts/lib/Either.js"
import { formatBytes, makeArena, ndarray, roomFor, sizeOf, type Dtype, type FloatFormat, type Json, type NdArray, type Random, type Tensors } from "#src"
import { blocksOf, type Cut } from "./blocks.ts"
import type { Loaded } from "./loaded.ts"
import type { Measured } from "./measured.ts"
import type { Totals } from "./measuring.ts"
import { sumCount, type Method, type Place } from "./method.ts"
import { placesOf } from "./place.ts"
import { blocksOfTensor, roomOfWork, type TensorBlocks } from "./tensor-blocks.ts"

/** Params that may differ from tensor to tensor. */
export type ParamsAt = (place: Place) => { readonly [param: string]: Json }

export interface MergedModel {
  /** Content hash, or another name that does not depend on the order of models. */
  readonly id: string
  readonly tensors: Tensors
  /** By the method's name of the companion, then by tensor: `{ fisher: { "0/weight": ... } }`. */
  readonly companions?: { readonly [name: string]: Tensors }
  readonly params: ParamsAt
  /** What was measured of it alone, where it is there already. */
  readonly found?: Found
}

/** By tensor; over whole models the same for each. */
export type Found = (name: string) => unknown

export interface Merge {
  readonly method: Method
  readonly params: ParamsAt
  readonly base?: Tensors
  readonly models: readonly MergedModel[]
  readonly random: Random
  /** What was measured of all models together, where it is there already. */
  readonly found?: Found
  /** Dtype of the merged floating-point tensors; absent: that of the base, or of the first model. */
  readonly dtype?: "f32" | "f16" | "bf16"
  /** Elements in a block; for tests. */
  readonly blockElements?: number
  /** Elements read at a time; for tests. */
  readonly pieceElements?: number
}

const floats: readonly Dtype[] = ["f32", "f16", "bf16"]
const isFloat = ({ dtype }: NdArray): boolean => floats.includes(dtype)

/** The base, or the first model: what gives the merged model its names, shapes and whole numbers. */
const templateOf = ({ base, models }: Pick<Merge, "base" | "models">): Tensors => base ?? (models[0] as MergedModel).tensors

/** Numbers in memory. */
export interface InMemory {
  readonly format: FloatFormat
  readonly bytes: Uint8Array
}
const formats = { f32: "F32", f16: "F16", bf16: "BF16" } as const
const inMemory = ({ dtype, data }: NdArray): InMemory => ({ format: formats[dtype as keyof typeof formats], bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) })

/** One for all merges of this thread, which follow each other: its kernels are compiled once. Each takes back what the one before took. */
const arena = makeArena()

/** A tensor in the making. */
export interface Making {
  readonly tensor: Place
  readonly measured: Measured
  readonly blocks: TensorBlocks
  /** Elements that `write` writes, block after block, copied out of the arena. */
  readonly written: (write: (cut: Cut, out: number) => unknown, format: FloatFormat) => Uint8Array<ArrayBuffer>
}

/** Every floating-point tensor of the merge, measured. The merge must have no fault. `sums`: of a tensor, where they are there already. */
export const makings = function* (merge: Merge, sums?: (name: string) => readonly InMemory[]): Generator<Making> {
  const { method, base, random } = merge
  const template = templateOf(merge)
  const places = placesOf(Object.fromEntries(Object.entries(template).map(([name, { shape }]) => [name, shape])))
  const load = ({ format, bytes }: InMemory, start: number, count: number): Loaded => {
    const width = formatBytes[format]
    const at = arena.take(roomFor(count, width))
    new Uint8Array(arena.buffer(), at, count * width).set(bytes.subarray(start * width, (start + count) * width))
    return { format, at }
  }
  const of = (tensors: Tensors, { name }: Place): InMemory => inMemory(tensors[name] as NdArray)
  const blocksIn = (tensor: Place): TensorBlocks =>
    blocksOfTensor<InMemory>(
      tensor,
      {
        method,
        params: merge.params(tensor),
        base: base === undefined ? undefined : of(base, tensor),
        models: merge.models.map(({ id, tensors, params, found, companions = {} }) => ({
          id, params: params(tensor), source: of(tensors, tensor), companions: Object.fromEntries(Object.entries(companions).map(([name, beside]) => [name, of(beside, tensor)])),
          ...(found === undefined ? {} : { found: { value: found(tensor.name) } }),
        })),
        ...(merge.found === undefined ? {} : { found: { value: merge.found(tensor.name) } }),
        ...(sums === undefined ? {} : { sums: sums(tensor.name) }),
        random,
      },
      { arena, load, ...(merge.pieceElements === undefined ? {} : { pieceElements: merge.pieceElements }) },
    )
  const cutsOf = ({ shape }: Place): readonly Cut[] => blocksOf(shape, method.sees, merge.blockElements)
  /** Makes room for one tensor; nothing of another may be in the arena. */
  const reserve = (tensor: Place): void => {
    const [length, models] = [Math.max(0, ...cutsOf(tensor).map((cut) => cut.length)), merge.models.length]
    const inputs = (method.companions?.length ?? 0) * models + models + 1 + sumCount(method)
    arena.reserve(roomOfWork(method, models, length) + (inputs + 1) * roomFor(length, 8))
  }
  const merged = places.filter(({ name }) => isFloat(template[name] as NdArray))
  /** Over all tensors at once, pass by pass. */
  const measureAll = (first: Place): Measured => {
    const all = merged.map((tensor) => ({ tensor, blocks: blocksIn(tensor) }))
    let now = blocksIn(first).measure()
    while (!now.known) {
      let totals: Totals | undefined
      for (const { tensor, blocks } of all) {
        reserve(tensor)
        totals = blocks.passed(now, cutsOf(tensor), totals)
      }
      now = now.then(totals)
    }
    return now.value
  }
  const [first] = merged
  const whole = first !== undefined && method.span?.(merge.params(first) as never) === "model" ? measureAll(first) : undefined
  for (const tensor of merged) {
    const [blocks, cuts] = [blocksIn(tensor), cutsOf(tensor)]
    reserve(tensor)
    const measured = whole ?? blocks.measured(cuts)
    const written: Making["written"] = (write, format) => {
      const width = formatBytes[format]
      const out = new Uint8Array(sizeOf(tensor.shape) * width)
      for (const cut of cuts) {
        const at = arena.take(roomFor(cut.length, width))
        write(cut, at)
        out.set(new Uint8Array(arena.buffer(), at, cut.length * width), cut.start * width)
        arena.rewind(at)
      }
      return out
    }
    yield { tensor, measured, blocks, written }
  }
}

/** Left: what does not fit, by model and tensor. Tensors of whole numbers are those of the base, or of the first model. */
export const mergeTensors = (merge: Merge): E.Either<string, Tensors> => {
  const fault = faultOf(merge)
  return fault === undefined ? E.right(mergedOf(merge)) : E.left(fault)
}

/** The merged tensors, rounded once. */
export const mergedOf = (merge: Merge, sums?: (name: string) => readonly InMemory[]): Tensors => {
  const template = templateOf(merge)
  const results = [...makings(merge, sums)].map(({ tensor: { name, shape }, measured, blocks, written }) => {
    const dtype = merge.dtype ?? ((template[name] as NdArray).dtype as keyof typeof formats)
    const { buffer } = written(blocks.merging(measured, formats[dtype]), formats[dtype])
    return [name, dtype === "f32" ? ndarray(dtype, shape, new Float32Array(buffer)) : ndarray(dtype, shape, new Uint16Array(buffer))] as const
  })
  return { ...template, ...Object.fromEntries(results) }
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
export const faultOf = (merge: Merge): string | undefined => arityFault(merge.method, merge.models.length, merge.base !== undefined) ?? misfitOf(merge)

/** The same of some of its models. */
export const misfitOf = ({ method, base, models }: Merge): string | undefined => {
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
