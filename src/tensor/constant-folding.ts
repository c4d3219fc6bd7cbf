/**
 * A program whose steps on literals are literals. Only ops that IEEE 754 defines to the last bit, and those that
 * move elements: what is folded is what every device would have computed, so folding changes no result anywhere. Only small ones:
 * literals are part of a program's text.
 */
import { must } from "../base/assert.ts"
import { makeElements, ndarray, sizeOf, type NdArray, type Shape } from "../base/ndarray.ts"
import type { OpName } from "./op.ts"
import type { Program, Step } from "./program.ts"
import { prune } from "./prune.ts"
import { stridesOf } from "./shape.ts"
import { StepList } from "./step-list.ts"

/** Larger results are left to the device. */
const mostElements = 1024

type Scalar = (a: number, b: number, c: number) => number

const bit = (condition: boolean): number => (condition ? 1 : 0)

/** In float64, which rounded to f32 is the result in f32: it has more than twice the digits. */
const scalars: Readonly<Partial<Record<OpName, Scalar>>> = {
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  sqrt: (a) => Math.sqrt(a),
  reciprocal: (a) => 1 / a,
  floor: (a) => Math.floor(a),
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  eq: (a, b) => bit(a === b),
  lt: (a, b) => bit(a < b),
  le: (a, b) => bit(a <= b),
  and: (a, b) => bit(a !== 0 && b !== 0),
  or: (a, b) => bit(a !== 0 || b !== 0),
  not: (a) => bit(a === 0),
  where: (condition, a, b) => (condition !== 0 ? a : b),
}

/** The same program with less to compute: equal inputs, equal outputs, to the last bit. Bodies of loops stay as they are. */
export const foldConstants = (program: Program): Program => {
  const list = new StepList()
  const at: number[] = []
  let isSame = true
  for (const step of program.steps) {
    const args = step.args.map((arg) => must(at[arg], "argument"))
    const value = folded(step, args.map((arg) => literalOf(must(list.steps[arg], "step"))))
    const { shape, dtype } = step
    if (value !== undefined) isSame = false
    at.push(list.place(value === undefined ? { ...step, args } : { op: "constant", args: [], attrs: { value }, shape, dtype }))
  }
  if (isSame) return program
  const placed = (names: Program["inputs"]) => Object.entries(names).map(([name, index]) => [name, must(at[index], name)] as const)
  return prune(list.program(placed(program.inputs), placed(program.outputs)), Object.keys(program.inputs))
}

const literalOf = (step: Step): NdArray | undefined => (step.op === "constant" ? step.attrs.value : undefined)

/** The literal that `step` is, if its operands are literals and it can be folded. */
const folded = (step: Step, operands: readonly (NdArray | undefined)[]): NdArray | undefined => {
  if (operands.length === 0 || sizeOf(step.shape) > mostElements) return undefined
  if (!operands.every((operand) => operand !== undefined && isPlain(operand)) || !isPlain(step)) return undefined
  const literals = operands as readonly NdArray[]
  if (step.op === "reshape") return literals[0] && ndarray(step.dtype, step.shape, literals[0].data)
  const scalar = step.op === "broadcast" ? (a: number) => a : scalars[step.op]
  return scalar === undefined ? undefined : elementwise(step, literals, scalar)
}

/** 16-bit floats are only stored; integers are left to the devices, which say where theirs end. */
const isPlain = ({ dtype }: Pick<NdArray, "dtype">): boolean => dtype === "f32" || dtype === "bool"

const elementwise = ({ dtype, shape }: Step, operands: readonly NdArray[], f: Scalar): NdArray => {
  const data = makeElements(dtype, sizeOf(shape))
  const reads = operands.map((operand) => stretched(operand, shape))
  for (let i = 0; i < data.length; i++) {
    const [a = 0, b = 0, c = 0] = reads.map((read) => read(i))
    data[i] = f(a, b, c)
  }
  return ndarray(dtype, shape, data)
}

/** The element of an operand that numpy's broadcasting puts at a row-major position of `shape`. */
const stretched = (operand: NdArray, shape: Shape): ((position: number) => number) => {
  const [wide, own] = [stridesOf(shape), stridesOf(operand.shape)]
  const missing = shape.length - operand.shape.length
  return (position) => {
    let at = 0
    operand.shape.forEach((extent, axis) => {
      const index = Math.floor(position / (wide[axis + missing] as number)) % (shape[axis + missing] as number)
      if (extent !== 1) at += index * (own[axis] as number)
    })
    return operand.data[at] as number
  }
}
