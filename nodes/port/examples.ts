/**
 * Labelled examples: `input` u8 [n, ...], stands for input / 255; `label` i32 [n], an index into `meta.classes`. They say which part of
 * their data set they are, so that what learns or chooses by labels can refuse those that are kept for measuring.
 */
import * as t from "io-ts"
import { cast, mul, must, ndarray, NodeFailure, reshape, sizeOf, tensorsPort, type Expr, type NdArray, type PortValue } from "#src"

export const examples = tensorsPort("examples", t.readonly(t.type({ source: t.string, classes: t.readonlyArray(t.string), part: t.keyof({ train: null, validation: null, test: null }) })))
export type Examples = PortValue<typeof examples>

export const countOf = ({ tensors }: Examples): number => must(tensors["label"], "examples.label").shape[0] as number
/** Numbers in one example. */
export const widthOf = ({ tensors }: Examples): number => sizeOf(must(tensors["input"], "examples.input").shape.slice(1))
export const labelsOf = ({ tensors }: Examples): Int32Array => must(tensors["label"], "examples.label").data as Int32Array

/** Fails for examples that nothing can be learned from by their labels, or may be. `what`: "train on". */
export const requireLearnable = (of: Examples, what: string): void => {
  if (countOf(of) === 0) throw new NodeFailure(`there are no examples to ${what}`)
  if (of.meta.part === "test") throw new NodeFailure(`expected examples of training or validation to ${what}, got test examples, which are kept for measuring`)
}

/** Rows of `width` numbers, in the order of `places`. */
export const rowsAt = <A extends Uint8Array | Float32Array>(all: A, width: number, places: readonly number[]): A => {
  const rows = new (all.constructor as new (length: number) => A)(places.length * width)
  places.forEach((place, i) => rows.set(all.subarray(place * width, (place + 1) * width), i * width))
  return rows
}

/** Some of the examples, in the order of `places`. Inputs come out flat, u8 [n, width]. */
export const pick = (of: Examples, places: readonly number[]): { readonly input: NdArray<"u8">; readonly label: NdArray<"i32"> } => {
  const [width, all, labels] = [widthOf(of), must(of.tensors["input"], "examples.input").data as Uint8Array, labelsOf(of)]
  return { input: ndarray("u8", [places.length, width], rowsAt(all, width, places) as Uint8Array<ArrayBuffer>), label: ndarray("i32", [places.length], Int32Array.from(places, (place) => labels[place] as number)) }
}

/** u8 [n, ...] -> f32 [n, width], from 0 to 1. */
export const unitInputs = (input: Expr): Expr => reshape(mul(cast(input, "f32"), 1 / 255), [input.shape[0] as number, -1])

/** Places in runs of `rows`; the last run is filled up by repeating its last place, of which `count` says how many are real. */
export const batchesOf = function* (count: number, rows: number): Generator<{ readonly places: readonly number[]; readonly count: number }> {
  for (let from = 0; from < count; from += rows) yield { places: Array.from({ length: rows }, (_, i) => Math.min(from + i, count - 1)), count: Math.min(rows, count - from) }
}
