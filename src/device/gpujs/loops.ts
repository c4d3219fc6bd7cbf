/**
 * Kernel text of the ops that loop: contractions, reductions, scans and scatters. A scatter is written from the side
 * of its result, each element adding the updates that name it, in order: the same sum on every run and any number
 * of threads.
 */
import { must } from "../../base/assert.ts"
import { lowestFloat, type Shape } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Step } from "../../tensor/program.ts"
import { writeConvolution } from "./convolution.ts"
import { addConstant, broadcastTo, constantForm, type Form, scale } from "./index-form.ts"
import { writeBits } from "./philox.ts"
import type { Reader } from "./reader.ts"
import { literal } from "./writer.ts"

/** Terms of a matrix product written out in one turn of its loop. */
const unroll = 8

type StepOf<Op extends OpName> = Extract<Step, { readonly op: Op }>
type Fill = (counters: readonly Form[], inner: number) => void

/** `fill` inside one loop an extent, outermost first. */
const nest = (reader: Reader, level: number, extents: readonly number[], fill: Fill): void => {
  const [extent, ...rest] = extents
  if (extent === undefined) return fill([], level)
  reader.body.loop(level, extent, (counter, inner) => nest(reader, inner, rest, (more, deepest) => fill([counter, ...more], deepest)))
}

const contraction = (reader: Reader, step: StepOf<"matmul">, coords: readonly Form[], level: number): string => {
  const [left, right] = [must(step.args[0], "argument"), must(step.args[1], "argument")]
  const { transposeA, transposeB } = step.attrs
  const [row, column] = [must(coords.at(-2), "row"), must(coords.at(-1), "column")]
  const batch = (shape: Shape): readonly Form[] => broadcastTo([...coords.slice(0, -2)], shape.slice(0, -2))
  const [shapeA, shapeB] = [reader.step(left).shape, reader.step(right).shape]
  const extent = must(shapeA.at(transposeA ? -2 : -1), "inner extent")
  const totals = Array.from({ length: Math.max(1, Math.min(reader.dialect.accumulators, extent)) }, () => reader.body.declare(level, "0.0"))
  const addTerm = (k: Form, i: number, inner: number): void => {
    const total = must(totals[i % totals.length], "sum")
    const a = reader.read(left, [...batch(shapeA), ...(transposeA ? [k, row] : [row, k])])
    const b = reader.read(right, [...batch(shapeB), ...(transposeB ? [column, k] : [k, column])])
    reader.body.line(inner, `${total} = ${total} + ${a} * ${b};`)
  }
  unrolled(reader, level, extent, unroll, addTerm)
  return totals.length === 1 ? must(totals[0], "sum") : reader.body.declare(level, pairwise(totals))
}

/** `add` for every k below `extent`, `step` of them in one turn of a loop; `i` counts within a turn. */
const unrolled = (reader: Reader, level: number, extent: number, step: number, add: (k: Form, i: number, inner: number) => void): void => {
  const turns = Math.floor(extent / step)
  if (turns > 0) {
    reader.body.loop(level, turns, (counter, inner) => {
      for (let i = 0; i < step; i++) add(addConstant(scale(counter, step), i), i, inner)
    })
  }
  for (let k = turns * step; k < extent; k++) add(constantForm(k), k - turns * step, level)
}

const plus = (a: string, b: string): string => `${a} + ${b}`
const greater = (a: string, b: string): string => `Math.max(${a}, ${b})`

/** `terms` combined as text, halves first. */
const pairwise = (terms: readonly string[], combine = plus): string => {
  if (terms.length === 1) return must(terms[0], "term")
  const half = terms.length >> 1
  return `(${combine(pairwise(terms.slice(0, half), combine), pairwise(terms.slice(half), combine))})`
}

const reduction = (reader: Reader, step: StepOf<"reduce_sum" | "reduce_max">, coords: readonly Form[], level: number): string => {
  const source = must(step.args[0], "argument")
  const { axes, keepDims } = step.attrs
  const shape = reader.step(source).shape
  const [combine, nothing] = step.op === "reduce_sum" ? [plus, "0.0"] : [greater, "(-Infinity)"]
  const extents = axes.map((axis) => must(shape[axis], "axis"))
  const innermost = extents.at(-1) ?? 1
  const totals = Array.from({ length: Math.max(1, Math.min(reader.dialect.accumulators, innermost)) }, () => reader.body.declare(level, nothing))
  const add = (counters: readonly Form[], i: number, inner: number): void => {
    let kept = 0
    const at = shape.map((_, axis) => {
      const reduced = axes.indexOf(axis)
      if (reduced >= 0) {
        if (keepDims) kept++
        return must(counters[reduced], "counter")
      }
      return must(coords[kept++], "coordinate")
    })
    const total = must(totals[i % totals.length], "total")
    const value = reader.read(source, at)
    reader.body.line(inner, `${total} = ${combine(total, value)};`)
  }
  nest(reader, level, extents.slice(0, -1), (counters, inner) =>
    unrolled(reader, inner, innermost, totals.length, (k, i, deepest) => add([...counters, k], i, deepest)),
  )
  return totals.length === 1 ? must(totals[0], "total") : reader.body.declare(level, pairwise(totals, combine))
}

const largest = (reader: Reader, step: StepOf<"argmax">, coords: readonly Form[], level: number): string => {
  const source = must(step.args[0], "argument")
  const { axis } = step.attrs
  const best = reader.body.declare(level, "(-Infinity)")
  const where = reader.body.declare(level, "0.0")
  reader.body.loop(level, must(reader.step(source).shape[axis], "axis"), (k, inner) => {
    const value = reader.read(source, [...coords.slice(0, axis), k, ...coords.slice(axis)])
    reader.body.branch(inner, `${value} > ${best}`, (deeper) => {
      reader.body.line(deeper, `${best} = ${value};`)
      reader.body.line(deeper, `${where} = ${reader.body.index(k)};`)
    })
  })
  return where
}

const scan = (reader: Reader, step: StepOf<"cumsum">, coords: readonly Form[], level: number): string => {
  const source = must(step.args[0], "argument")
  const { axis, exclusive, reverse } = step.attrs
  const here = must(coords[axis], "coordinate")
  const total = reader.body.declare(level, "0.0")
  const within = `${reverse ? ">" : "<"}${exclusive ? "" : "="}`
  reader.body.loop(level, must(step.shape[axis], "axis"), (k, inner) =>
    reader.body.branch(inner, `${reader.body.index(k)} ${within} ${reader.body.index(here)}`, (deeper) => {
      const value = reader.read(source, coords.map((c, d) => (d === axis ? k : c)))
      reader.body.line(deeper, `${total} = ${total} + ${value};`)
    }),
  )
  return total
}

const scatter = (reader: Reader, step: StepOf<"scatter_add" | "scatter_max" | "put_along">, coords: readonly Form[], level: number): string => {
  const [indices, updates] = [must(step.args[0], "argument"), must(step.args[1], "argument")]
  const { axis } = step.attrs
  const shape = reader.step(indices).shape
  const target = must(coords[axis], "coordinate")
  const largest = step.op === "scatter_max"
  const total = reader.body.declare(level, largest ? literal(lowestFloat) : "0.0")
  const along = step.op === "put_along"
  nest(reader, level, along ? [must(shape[axis], "axis")] : shape, (counters, inner) => {
    const at = [...coords.slice(0, axis), ...counters, ...coords.slice(axis + 1)]
    const index = reader.read(indices, along ? at : counters)
    reader.body.branch(inner, `(${index} | 0) == ${reader.body.index(target)}`, (deeper) => {
      const value = reader.read(updates, at)
      reader.body.line(deeper, `${total} = ${largest ? `Math.max(${total}, ${value})` : `${total} + ${value}`};`)
    })
  })
  return total
}

export type LoopingStep = StepOf<"matmul" | "reduce_sum" | "reduce_max" | "argmax" | "cumsum" | "scatter_add" | "scatter_max" | "put_along" | "conv2d" | "conv2d_filter_gradient" | "random_bits">

/** Writes a looping step's element at `coords` into the scope at `level` and gives back the variable that holds it. */
export const writeLoop = (reader: Reader, step: LoopingStep, coords: readonly Form[], level: number): string => {
  switch (step.op) {
    case "random_bits":
      return writeBits(reader, step, coords, level)
    case "matmul":
      return contraction(reader, step, coords, level)
    case "reduce_sum":
    case "reduce_max":
      return reduction(reader, step, coords, level)
    case "argmax":
      return largest(reader, step, coords, level)
    case "cumsum":
      return scan(reader, step, coords, level)
    case "scatter_add":
    case "scatter_max":
    case "put_along":
      return scatter(reader, step, coords, level)
    case "conv2d":
    case "conv2d_filter_gradient":
      return writeConvolution(reader, step, coords, level)
  }
}
