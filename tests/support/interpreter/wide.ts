/** Tensors of float64 elements, and the ways in which most ops make one from others. */
import { assert, must } from "../../../src/base/assert.ts"
import { encodeHalves, isHalf } from "../../../src/base/half.ts"
import { makeElements, ndarray, numbersOf, sizeOf, type Dtype, type NdArray, type Shape } from "../../../src/base/ndarray.ts"
import type { OpName } from "../../../src/tensor/op.ts"
import type { Program, Step } from "../../../src/tensor/program.ts"

/** A tensor whose elements, of whatever dtype, are held as float64. */
export interface Wide {
  readonly dtype: Dtype
  readonly shape: Shape
  readonly data: Float64Array
}
export type Wides = { readonly [name: string]: Wide }

/** One step to evaluate: its operands (the first two by letter), and the arguments of the program. */
export interface Site<Op extends OpName> {
  readonly step: Extract<Step, { readonly op: Op }>
  readonly attrs: Extract<Step, { readonly op: Op }>["attrs"]
  readonly args: readonly Wide[]
  readonly x: Wide
  readonly y: Wide
  readonly inputs: Wides
  /** Loops of the program that have been run, by key: each runs once, however many of its results are steps. */
  readonly loops: Map<string, ReadonlyMap<string, readonly Wide[]>>
  /** Runs another program. */
  readonly interpret: (program: Program, inputs: Wides) => Wides
}
/** How each op of a family is evaluated: a missing row does not compile. */
export type Rows<Ops> = { readonly [Op in keyof Ops & OpName]: (site: Site<Op>) => Wide }

export const widen = (array: NdArray): Wide => ({ dtype: array.dtype, shape: array.shape, data: Float64Array.from(numbersOf(array)) })

export const narrow = ({ dtype, shape, data }: Wide): NdArray => {
  if (isHalf(dtype)) return ndarray(dtype, shape, encodeHalves(dtype, data))
  const elements = makeElements(dtype, data.length)
  elements.set(data)
  return { dtype, shape, data: elements }
}

export type Index = readonly number[]

export const positionOf = (shape: Shape, index: Index): number =>
  shape.reduce((position, extent, axis) => position * extent + must(index[axis], "index"), 0)

export const indexOf = (shape: Shape, position: number): number[] => {
  const index: number[] = []
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = must(shape[axis], "extent")
    index.unshift(position % extent)
    position = Math.floor(position / extent)
  }
  return index
}

export const at = (x: Wide, index: Index): number => must(x.data[positionOf(x.shape, index)], `element ${index.join()} of [${x.shape.join()}]`)

/** The element of `x` that numpy's broadcasting puts at `index` of a larger shape. */
export const stretchedAt = (x: Wide, index: Index): number =>
  at(
    x,
    x.shape.map((extent, axis) => (extent === 1 ? 0 : must(index[axis - x.shape.length + index.length], "index"))),
  )

export const replace = (index: Index, axis: number, ...by: Index): Index => [...index.slice(0, axis), ...by, ...index.slice(axis + 1)]

export const inRange = (index: number, size: number): number => {
  assert(Number.isInteger(index) && index >= 0 && index < size, `index ${index} out of range 0..${size - 1}`)
  return index
}

/** A result of the step's type, each element computed from its index. */
export const build = (step: Step, element: (index: Index) => number): Wide => {
  const data = new Float64Array(sizeOf(step.shape))
  for (let i = 0; i < data.length; i++) data[i] = element(indexOf(step.shape, i))
  return { dtype: step.dtype, shape: step.shape, data }
}

/** Zeros of the step's type, to which `visit` adds. */
export const accumulate = (step: Step, from: Wide, target: (index: Index) => Index): Wide => {
  const data = new Float64Array(sizeOf(step.shape))
  from.data.forEach((value, i) => {
    const position = positionOf(step.shape, target(indexOf(from.shape, i)))
    data[position] = must(data[position], "target") + value
  })
  return { dtype: step.dtype, shape: step.shape, data }
}

export const elementwise = (step: Step, args: readonly Wide[], f: (...values: number[]) => number): Wide =>
  build(step, (index) => f(...args.map((x) => stretchedAt(x, index))))

/** Every element combined along `axes` by `f`. */
export const fold = (
  step: Step,
  x: Wide,
  axes: readonly number[],
  keepDims: boolean,
  initial: number,
  f: (a: number, b: number) => number,
): Wide => {
  const data = new Float64Array(sizeOf(step.shape)).fill(initial)
  x.data.forEach((value, i) => {
    const index = indexOf(x.shape, i)
    const target = keepDims ? index.map((n, axis) => (axes.includes(axis) ? 0 : n)) : index.filter((_, axis) => !axes.includes(axis))
    const position = positionOf(step.shape, target)
    data[position] = f(must(data[position], "target"), value)
  })
  return { dtype: step.dtype, shape: step.shape, data }
}

/** All elements of `x` on the line through `index` along `axis`. */
export const line = (x: Wide, axis: number, index: Index): number[] =>
  Array.from({ length: must(x.shape[axis], "extent") }, (_, i) => at(x, replace(index, axis, i)))

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
