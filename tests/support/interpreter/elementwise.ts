/** Evaluation in float64: elementwise ops: arithmetic, comparison and choice. */
import type { Dtype } from "../../../src/base/ndarray.ts"
import type { ElementwiseOps } from "../../../src/tensor/op/elementwise.ts"
import { elementwise, type Rows } from "./wide.ts"

/** erf by its Maclaurin series, and by the continued fraction of erfc where that converges fast; about 1e-15. */
export const erf = (x: number): number => {
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a < 2.5) {
    let [term, total] = [x, x]
    for (let n = 1; n < 100; n++) {
      term *= (-x * x) / n
      total += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * total
  }
  let fraction = 0
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction)
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction))
}

/** Halves to the even neighbour. */
const roundToEven = (a: number): number => {
  const below = Math.floor(a)
  const [under, over] = [a - below, below + 1 - a]
  return under < over ? below : under > over ? below + 1 : below % 2 === 0 ? below : below + 1
}

/** `%` is exact and has the sign of the dividend; integers by 0 give 0. */
const remainder = (a: number, b: number, dtype: Dtype): number => {
  if (b === 0 && dtype === "i32") return 0
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

const quotient = (a: number, b: number, dtype: Dtype): number =>
  b === 0 ? (dtype === "i32" ? 0 : NaN) : Math.round((a - remainder(a, b, dtype)) / b)

const bit = (condition: boolean): number => (condition ? 1 : 0)

/** To `bits` binary digits behind the leading one, or as many as are left above 2^(least - bits); beyond `largest`, infinity. */
const roundedTo = (value: number, bits: number, least: number, largest: number): number => {
  if (value === 0 || !Number.isFinite(value)) return value
  const size = Math.abs(value)
  let exponent = least
  while (2 ** (exponent + 1) <= size) exponent++
  const unit = 2 ** (exponent - bits)
  const rounded = roundToEven(size / unit) * unit
  return Math.sign(value) * (rounded > largest ? Infinity : rounded)
}

const convert = (value: number, to: Dtype): number => {
  if (to === "f16") return roundedTo(value, 10, -14, 65504)
  if (to === "bf16") return roundedTo(value, 7, -126, (2 - 2 ** -7) * 2 ** 127)
  return to === "f32" ? value : to === "bool" ? bit(value !== 0) : Math.trunc(value)
}

export const elementwiseRows: Rows<ElementwiseOps> = {
  neg: ({ step, args }) => elementwise(step, args, (a) => -a),
  abs: ({ step, args }) => elementwise(step, args, Math.abs),
  sign: ({ step, args }) => elementwise(step, args, Math.sign),
  exp: ({ step, args }) => elementwise(step, args, Math.exp),
  log: ({ step, args }) => elementwise(step, args, Math.log),
  sqrt: ({ step, args }) => elementwise(step, args, Math.sqrt),
  reciprocal: ({ step, args }) => elementwise(step, args, (a) => 1 / a),
  sin: ({ step, args }) => elementwise(step, args, Math.sin),
  cos: ({ step, args }) => elementwise(step, args, Math.cos),
  tanh: ({ step, args }) => elementwise(step, args, Math.tanh),
  erf: ({ step, args }) => elementwise(step, args, erf),
  expm1: ({ step, args }) => elementwise(step, args, Math.expm1),
  log1p: ({ step, args }) => elementwise(step, args, Math.log1p),
  atan: ({ step, args }) => elementwise(step, args, Math.atan),
  floor: ({ step, args }) => elementwise(step, args, Math.floor),
  round: ({ step, args }) => elementwise(step, args, (a) => (Number.isFinite(a) ? roundToEven(a) : a)),
  add: ({ step, args }) => elementwise(step, args, (a, b) => a + b),
  sub: ({ step, args }) => elementwise(step, args, (a, b) => a - b),
  mul: ({ step, args }) => elementwise(step, args, (a, b) => a * b),
  div: ({ step, args }) => elementwise(step, args, (a, b) => a / b),
  pow: ({ step, args }) => elementwise(step, args, (a, b) => a ** b),
  mod: ({ step, args }) => elementwise(step, args, (a, b) => remainder(a, b, step.dtype)),
  floor_div: ({ step, args }) => elementwise(step, args, (a, b) => quotient(a, b, step.dtype)),
  max: ({ step, args }) => elementwise(step, args, (a, b) => Math.max(a, b)),
  min: ({ step, args }) => elementwise(step, args, (a, b) => Math.min(a, b)),
  bit_and: ({ step, args }) => elementwise(step, args, (a, b) => a & b),
  eq: ({ step, args }) => elementwise(step, args, (a, b) => bit(a === b)),
  lt: ({ step, args }) => elementwise(step, args, (a, b) => bit(a < b)),
  le: ({ step, args }) => elementwise(step, args, (a, b) => bit(a <= b)),
  and: ({ step, args }) => elementwise(step, args, (a, b) => bit(a !== 0 && b !== 0)),
  or: ({ step, args }) => elementwise(step, args, (a, b) => bit(a !== 0 || b !== 0)),
  not: ({ step, args }) => elementwise(step, args, (a) => bit(a === 0)),
  where: ({ step, args }) => elementwise(step, args, (condition, a, b) => (condition !== 0 ? a : b)),
  cast: ({ step, args, attrs }) => elementwise(step, args, (a) => convert(a, attrs.to)),
}
