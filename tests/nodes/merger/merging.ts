/** Merges of small models written as numbers. */
import * as E from "fp-ts/lib/Either.js"
import { ndarray, numbersOf, random, type Json, type NdArray, type Tensors } from "#src"
import { decodeParams, type Params } from "../../../src/schema/param.ts"
import { mergeTensors, type MergedModel, type ParamsAt } from "../../../nodes/merger/method/merge-tensors.ts"
import type { Method } from "../../../nodes/merger/method/method.ts"

type Values = { readonly [param: string]: Json }

/** A vector, or rows of a matrix. */
export type Numbers = readonly number[] | readonly (readonly number[])[]

export const tensor = (values: Numbers): NdArray => {
  const shape = Array.isArray(values[0]) ? [values.length, (values[0] as readonly number[]).length] : [values.length]
  return ndarray("f32", shape, Float32Array.from(values.flat() as number[]))
}

/** `params` with the defaults of `of` filled in; throws when they are wrong. */
export const filled = (of: Params, params: Values = {}): ParamsAt => {
  const decoded = decodeParams(of, params)
  if (E.isLeft(decoded)) throw new Error(JSON.stringify(decoded.left))
  return () => decoded.right as Values
}

export interface Given {
  readonly base?: Tensors
  readonly models: readonly Tensors[]
  readonly params?: Values
  /** Of each model. */
  readonly each?: readonly Values[]
  readonly ids?: readonly string[]
  readonly companions?: readonly MergedModel["companions"][]
  readonly seed?: string
  readonly blockElements?: number
  readonly pieceElements?: number
  readonly dtype?: "f32" | "f16" | "bf16"
}

export const mergeEither = (method: Method, { base, models, params, each, ids, companions, seed = "seed", blockElements, pieceElements, dtype }: Given): E.Either<string, Tensors> =>
  mergeTensors({
    method,
    params: filled(method.params, params),
    models: models.map((tensors, i) => {
      const beside = companions?.[i]
      return { id: ids?.[i] ?? `model-${i}`, tensors, params: filled(method.each, each?.[i]), ...(beside === undefined ? {} : { companions: beside }) }
    }),
    random: random(seed),
    ...(base === undefined ? {} : { base }),
    ...(blockElements === undefined ? {} : { blockElements }),
    ...(pieceElements === undefined ? {} : { pieceElements }),
    ...(dtype === undefined ? {} : { dtype }),
  })

/** The merged tensors; throws what does not fit. */
export const mergeAll = (method: Method, given: Given): Tensors => {
  const merged = mergeEither(method, given)
  if (E.isLeft(merged)) throw new Error(merged.left)
  return merged.right
}

/** Merged values of models of one tensor each. */
export const merge = (method: Method, models: readonly Numbers[], given: Omit<Given, "models" | "base"> & { readonly base?: Numbers } = {}): number[] => {
  const { base, ...rest } = given
  const merged = mergeAll(method, { ...rest, models: models.map((values) => ({ w: tensor(values) })), ...(base === undefined ? {} : { base: { w: tensor(base) } }) })
  return [...numbersOf(merged["w"] as NdArray)]
}

export const close = (values: readonly number[], digits = 6): unknown[] => values.map((x) => expectClose(x, digits))
const expectClose = (x: number, digits: number): unknown => ({ asymmetricMatch: (y: number) => Math.abs(x - y) <= 10 ** -digits, toString: () => `close to ${x}` })
