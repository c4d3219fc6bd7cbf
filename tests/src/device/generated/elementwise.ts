/** Generated cases: elementwise ops: arithmetic, comparison and choice. Ranges are those the tolerances are for. */
import fc from "fast-check"
import { encodeHalves, isHalf } from "../../../../src/base/half.ts"
import type { Dtype } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { ElementwiseOps } from "../../../../src/tensor/op/elementwise.ts"
import type { None } from "../../../../src/tensor/op/attributes.ts"
import type { Case } from "../conformance/case.ts"
import { bools, bytes, coarse, floats, ints } from "../conformance/values.ts"
import { anyDtype, flag, type GeneratedTable, movable, numberDtype, numeric, operandOf, row, shape, shapePair, shrunk, speckled, tied } from "./arbitrary.ts"

type Plain = fc.Arbitrary<Case<None>>

const plain = { shape: shape({ rank: [0, 5] }) }

/** f32 in [low, high), and a few that are `special`. */
const unary = (low: number, high: number, ...special: readonly number[]): Plain =>
  row(plain, ({ shape }, random) => ({ attrs: {}, args: [speckled(random, floats(random, shape, low, high), ...special)] }))

const unaryAlsoInt: Plain = row({ ...plain, dtype: numberDtype }, ({ shape, dtype }, random) => ({
  attrs: {},
  args: [dtype === "f32" ? speckled(random, floats(random, shape), 0, Infinity, -Infinity) : numeric(random, shape, dtype)],
}))

const pairs = { shapes: shapePair({ rank: [0, 5] }) }

const binary = (left: readonly [number, number], right: readonly [number, number]): Plain =>
  row(pairs, ({ shapes: [a, b] }, random) => ({
    attrs: {},
    args: [floats(random.fork("a"), a, ...left), floats(random.fork("b"), b, ...right)],
  }))

/** Two operands that `make` fills alike, f32 or i32. */
const alike = (make: (random: Random, shape: readonly number[], dtype: "f32" | "i32") => Case<None>["args"][number]): Plain =>
  row({ ...pairs, dtype: numberDtype }, ({ shapes: [a, b], dtype }, random) => ({
    attrs: {},
    args: [make(random.fork("a"), a, dtype), make(random.fork("b"), b, dtype)],
  }))

/** f32 of both signs, or whole numbers of any size, by others; i32 also by 0. */
const divided: Plain = row({ ...pairs, dtype: numberDtype, whole: flag }, ({ shapes: [a, b], dtype, whole }, random) => {
  if (dtype === "i32") return { attrs: {}, args: [movable(random.fork("a"), a, "i32"), ints(random.fork("b"), b, -9, 10)] }
  const by = speckled(random, floats(random.fork("b"), b, 0.1, 3), -0.1, -2.5, 1000)
  return { attrs: {}, args: [whole ? floats(random.fork("a"), a, -1e5, 1e5) : coarse(random.fork("a"), a), by] }
})

const logical: Plain = row(pairs, ({ shapes: [a, b] }, random) => ({ attrs: {}, args: [bools(random.fork("a"), a), bools(random.fork("b"), b)] }))

/** What every conversion is defined for: integers of any size f32 holds, and for u8 what it can hold. */
const castable = (random: Random, shape: readonly number[], from: Dtype, to: Dtype): Case<None>["args"][number] => {
  if (isHalf(from)) return to === "f32" || isHalf(to) || to === "bool" ? movable(random, shape, from) : { ...movable(random, shape, from), data: encodeHalves(from, floats(random, shape, 0, 255.9).data) }
  if (from === "f32" && isHalf(to)) return speckled(random, floats(random, shape, -3, 3), 0, 1e-5, -65519, 65520, 3e38, 2 ** -14, 1.0009765625)
  if (from === "f32") return to === "u8" ? floats(random, shape, 0, 255.99) : speckled(random, floats(random, shape, -1000, 1000), 0, -0.5, 0.5, 8e6)
  return from === "i32" && to === "u8" ? { ...bytes(random, shape), dtype: "i32", data: Int32Array.from(bytes(random, shape).data) } : movable(random, shape, from)
}

export const elementwise: GeneratedTable<ElementwiseOps> = {
  neg: unaryAlsoInt,
  abs: unaryAlsoInt,
  sign: unaryAlsoInt,
  exp: unary(-6, 6, -80, 0, 80),
  log: unary(0.01, 9, 1e-30, 1, 1e30),
  sqrt: unary(0, 9, 0, 1e-20, 1e20),
  reciprocal: unary(0.1, 4, -0.25, -8, 1e10),
  sin: unary(-7, 7, 0),
  cos: unary(-7, 7, 0),
  tanh: unary(-4, 4, -30, 0, 30),
  erf: unary(-3, 3, -9, 0, 9),
  expm1: unary(-1, 1, -200, -6, 1e-20, 1e-6, -1e-4, 6, 80),
  log1p: unary(-0.9, 1, 1e-20, 1e-6, -1e-4, 6, 1e30),
  atan: unary(-7, 7, -1e20, 1e-20, 0, 1e9),
  floor: unary(-5, 5, -2, 0, 3, 1e6),
  round: unary(-5, 5, -2.5, -0.5, 0.5, 1.5, 8388607.5, 1e20),
  add: alike(numeric),
  sub: alike(numeric),
  mul: alike(numeric),
  div: binary([-2, 2], [0.2, 3]),
  pow: binary([0.1, 3], [-2, 3]),
  mod: divided,
  floor_div: divided,
  max: alike(tied),
  min: alike(tied),
  bit_and: row(pairs, ({ shapes: [a, b] }, random) => ({ attrs: {}, args: [movable(random.fork("a"), a, "i32"), numeric(random.fork("b"), b, "i32")] })),
  eq: alike(tied),
  lt: alike(tied),
  le: alike(tied),
  and: logical,
  or: logical,
  not: row(plain, ({ shape }, random) => ({ attrs: {}, args: [bools(random, shape)] })),
  where: row({ shape: shape(), parts: fc.tuple(shrunk, shrunk, shrunk), dtype: anyDtype }, ({ shape, parts: [c, a, b], dtype }, random) => ({
    attrs: {},
    args: [
      bools(random.fork("c"), operandOf(shape, c)),
      movable(random.fork("a"), operandOf(shape, a), dtype),
      movable(random.fork("b"), operandOf(shape, b), dtype),
    ],
  })),
  cast: row({ ...plain, from: anyDtype, to: anyDtype }, ({ shape, from, to }, random) => ({ attrs: { to }, args: [castable(random, shape, from, to)] })),
}
