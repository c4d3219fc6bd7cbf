/**
 * How far an f32 device may be from the float64 interpreter, op by op: |got - want| <= absolute + relative * |want|.
 * The bounds allow for f32 rounding, for sums in another order, and for transcendental functions a few units in the
 * last place off; integers and booleans must always be equal.
 */
import type { NdArray } from "../../../../src/base/ndarray.ts"
import type { OpName } from "../../../../src/tensor/op.ts"

export interface Tolerance {
  readonly absolute: number
  readonly relative: number
}

const exact: Tolerance = { absolute: 0, relative: 0 }
const rounded: Tolerance = { absolute: 1e-7, relative: 5e-7 }
const approximate: Tolerance = { absolute: 2e-6, relative: 4e-6 }
const summed: Tolerance = { absolute: 2e-5, relative: 2e-6 }
/** Sums of a thousand numbers, one after the other. */
const summedUp: Tolerance = { absolute: 1e-4, relative: 2e-6 }

export const tolerances: { readonly [Op in OpName]: Tolerance } = {
  input: exact,
  constant: exact,
  iota: exact,
  neg: exact,
  abs: exact,
  sign: exact,
  exp: { absolute: 0, relative: 4e-6 },
  log: approximate,
  sqrt: rounded,
  reciprocal: rounded,
  sin: approximate,
  cos: approximate,
  tanh: approximate,
  erf: approximate,
  expm1: { absolute: 0, relative: 1e-6 },
  log1p: { absolute: 0, relative: 1e-6 },
  atan: { absolute: 0, relative: 1e-6 },
  floor: exact,
  round: exact,
  add: rounded,
  sub: rounded,
  mul: rounded,
  div: rounded,
  pow: { absolute: 1e-6, relative: 1e-5 },
  mod: rounded,
  floor_div: exact,
  max: exact,
  min: exact,
  bit_and: exact,
  eq: exact,
  lt: exact,
  le: exact,
  and: exact,
  or: exact,
  not: exact,
  where: exact,
  cast: exact,
  matmul: summed,
  reduce_sum: summedUp,
  reduce_max: exact,
  argmax: exact,
  top_k: exact,
  cumsum: summedUp,
  softmax: { absolute: 1e-7, relative: 1e-5 },
  log_softmax: { absolute: 5e-6, relative: 2e-6 },
  unfold: exact,
  fold: summed,
  conv2d: summed,
  conv2d_input_gradient: summed,
  conv2d_filter_gradient: summed,
  random_bits: exact,
  reshape: exact,
  transpose: exact,
  broadcast: exact,
  slice: exact,
  pad: exact,
  concat: exact,
  gather: exact,
  scatter_add: summed,
  scatter_max: exact,
  take_along: exact,
  put_along: summed,
  stop_gradient: exact,
  straight_through: exact,
  scan: { absolute: 1e-5, relative: 1e-5 },
  after: exact,
  checkpoint: exact,
}

/** Tolerance for what dozens of ops have been applied to. */
export const composed: Tolerance = { absolute: 1e-4, relative: 1e-3 }

const fits = (got: number, want: number, { absolute, relative }: Tolerance): boolean =>
  Object.is(got, want) || got === want || Math.abs(got - want) <= absolute + relative * Math.abs(want)

/** What is wrong with `got`, in words, or nothing: another type, or the first element that is too far off. */
export const difference = (got: NdArray | undefined, want: NdArray, tolerance: Tolerance): string | undefined => {
  if (got === undefined) return "missing"
  const [a, b] = [got, want].map(({ dtype, shape }) => `${dtype}[${shape.join(", ")}]`)
  if (a !== b) return `is ${a}, expected ${b}`
  const bound = want.dtype === "f32" ? tolerance : exact
  const at = [...want.data].findIndex((value, i) => !fits(got.data[i]!, value, bound))
  return at < 0 ? undefined : `element ${at} is ${got.data[at]}, expected ${want.data[at]}`
}
