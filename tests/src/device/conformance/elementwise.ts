/** Conformance cases of the sources, the elementwise ops, comparison and choice. */
import { encodeHalves } from "../../../../src/base/half.ts"
import { ndarray, type NdArray, scalar } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { OpAttrs, OpName } from "../../../../src/tensor/op.ts"
import { type Case, type CaseTable, shapePairs, shapes } from "./case.ts"
import { bools, bytes, coarse, f32, floats, halves, i32, ints } from "./values.ts"

type Plain = Case<OpAttrs["add"]>

const plain = (...args: readonly NdArray[]): Plain => ({ attrs: {}, args })

/** One f32 argument in [low, high), and what `extra` adds. */
const unary =
  (low: number, high: number, ...extra: readonly NdArray[]) =>
  (random: Random): readonly Plain[] =>
    [...shapes.map((shape, i) => plain(floats(random.fork(`${i}`), shape, low, high))), ...extra.map((array) => plain(array))]

/** As `unary`, and i32. */
const unaryAlsoInt =
  (...extra: readonly NdArray[]) =>
  (random: Random): readonly Plain[] =>
    [...unary(-2, 2, ...extra)(random), plain(ints(random.fork("i32"), [3, 7], -9, 9))]

const binary =
  (low = -2, high = 2) =>
  (random: Random): readonly Plain[] =>
    shapePairs.map(([a, b], i) => plain(floats(random.fork(`a${i}`), a, low, high), floats(random.fork(`b${i}`), b, low, high)))

const binaryAlsoInt = (random: Random): readonly Plain[] => [
  ...binary()(random),
  ...shapePairs.slice(0, 5).map(([a, b], i) => plain(ints(random.fork(`c${i}`), a, -9, 9), ints(random.fork(`d${i}`), b, -9, 9))),
]

const compared = (random: Random): readonly Plain[] => [
  ...shapePairs.map(([a, b], i) => plain(coarse(random.fork(`a${i}`), a), coarse(random.fork(`b${i}`), b))),
  plain(ints(random.fork("i"), [3, 5], -2, 3), ints(random.fork("j"), [5], -2, 3)),
]

const logical = (random: Random): readonly Plain[] =>
  shapePairs.map(([a, b], i) => plain(bools(random.fork(`a${i}`), a), bools(random.fork(`b${i}`), b)))

/** All pairs of `dividends` and `divisors`. */
const pairs = (dividends: readonly number[], divisors: readonly number[]): readonly (readonly [number, number])[] =>
  dividends.flatMap((a) => divisors.map((b) => [a, b] as const))

const divided = (random: Random): readonly Plain[] => {
  const whole = pairs([0, 1, 7, -7, 6, 12345678, -16777215, 16777215], [1, -1, 3, -3, 7, 0, 4097, -8388607, 16777215])
  const real = pairs([0, 0.3, -0.3, 6, -6, 1e6, -123456.7], [0.1, -0.1, 3, -0.7, Math.fround(2 * Math.PI), 1e9])
  return [
    ...shapePairs.map(([a, b], i) => plain(floats(random.fork(`a${i}`), a, -9, 9), floats(random.fork(`b${i}`), b, 0.2, 3))),
    plain(i32(...whole.map(([a]) => a)), i32(...whole.map(([, b]) => b))),
    plain(f32(...real.map(([a]) => a)), f32(...real.map(([, b]) => b))),
  ]
}

const casts = (random: Random): readonly Case<OpAttrs["cast"]>[] => [
  { attrs: { to: "i32" }, args: [f32(-2.7, -1, -0.2, 0, 0.9, 1.5, 1e6)] },
  { attrs: { to: "bool" }, args: [f32(-2, -0.25, 0, 0.25, 1)] },
  { attrs: { to: "u8" }, args: [f32(0, 1, 2.9, 254.5, 255)] },
  { attrs: { to: "f32" }, args: [ints(random.fork("a"), [2, 5], -1000, 1000)] },
  { attrs: { to: "bool" }, args: [ints(random.fork("b"), [7], -2, 3)] },
  { attrs: { to: "f32" }, args: [bytes(random.fork("c"), [3, 3])] },
  { attrs: { to: "i32" }, args: [bytes(random.fork("d"), [5])] },
  { attrs: { to: "f32" }, args: [bools(random.fork("e"), [3, 1, 5])] },
  { attrs: { to: "i32" }, args: [bools(random.fork("f"), [7])] },
  { attrs: { to: "f32" }, args: [floats(random.fork("g"), [5])] },
  { attrs: { to: "i32" }, args: [floats(random.fork("h"), [0])] },
  ...(["f16", "bf16"] as const).flatMap((to) => [
    { attrs: { to }, args: [f32(0, -0, 1, -1.00048828125, 1.0009765625, 1.00390625, 65519, 65520, -1e30, 3.4e38, 6e-5, 6e-8, Infinity, -Infinity, NaN)] },
    { attrs: { to }, args: [floats(random.fork(`i${to}`), [37, 11])] },
    { attrs: { to }, args: [ints(random.fork(`j${to}`), [2, 5], -99999, 99999)] },
    { attrs: { to }, args: [bytes(random.fork(`k${to}`), [7])] },
    { attrs: { to }, args: [bools(random.fork(`l${to}`), [7])] },
    { attrs: { to: "f32" as const }, args: [halves(random.fork(`m${to}`), [3, 5], to)] },
    { attrs: { to: "i32" as const }, args: [ndarray(to, [5], encodeHalves(to, [-2.75, -0.5, 0, 1.5, 200]))] },
    { attrs: { to: "bool" as const }, args: [ndarray(to, [3], encodeHalves(to, [-2.75, 0, 1e-3]))] },
    { attrs: { to: to === "f16" ? ("bf16" as const) : ("f16" as const) }, args: [halves(random.fork(`n${to}`), [3, 5], to)] },
  ]),
]

export const elementwiseCases = {
  input: (random) => [{ attrs: { name: "given" }, args: [floats(random, [3, 5])] }],
  constant: (random) => [
    { attrs: { value: scalar("f32", -0.5) }, args: [] },
    { attrs: { value: floats(random.fork("a"), [3, 5]) }, args: [] },
    { attrs: { value: ints(random.fork("b"), [7], -99, 99) }, args: [] },
    { attrs: { value: bools(random.fork("c"), [2, 2]) }, args: [] },
    { attrs: { value: bytes(random.fork("d"), [5]) }, args: [] },
    { attrs: { value: halves(random.fork("e"), [5], "f16") }, args: [] },
    { attrs: { value: scalar("bf16", 0.1) }, args: [] },
    { attrs: { value: ndarray("f32", [0, 3], new Float32Array(0)) }, args: [] },
  ],
  iota: () => [
    { attrs: { shape: [7], axis: 0 }, args: [] },
    { attrs: { shape: [2, 3, 5], axis: 1 }, args: [] },
    { attrs: { shape: [1, 4], axis: 1 }, args: [] },
  ],
  neg: unaryAlsoInt(),
  abs: unaryAlsoInt(),
  sign: unaryAlsoInt(f32(-3, 0, 4)),
  exp: unary(-6, 6, f32(-80, 0, 80)),
  log: unary(0.01, 9, f32(1e-30, 1, 1e30)),
  sqrt: unary(0, 9, f32(0, 4, 1e-20, 1e20)),
  reciprocal: unary(0.1, 4, f32(-0.25, -8)),
  sin: unary(-7, 7),
  cos: unary(-7, 7),
  tanh: unary(-4, 4, f32(-30, 0, 30)),
  erf: unary(-3, 3, f32(-9, 0, 9)),
  expm1: unary(-6, 6, f32(-200, -1, -0.5, -1e-3, -1e-20, 0, 1e-30, 1e-6, 0.5, 80)),
  log1p: unary(-0.9, 9, f32(-0.999, -0.5, -1e-3, -1e-20, 0, 1e-30, 1e-6, 0.5, 1e30)),
  atan: unary(-7, 7, f32(-1e20, -1e-20, 0, 1e-6, 0.4142, 2.4142, 1e9)),
  floor: unary(-5, 5, f32(-2, -1.5, -0.5, 0, 0.5, 3)),
  round: unary(-5, 5, f32(-2.5, -1.5, -0.5, -0.49999997, 0, 0.49999997, 0.5, 1.5, 2.5, 8388607.5, 8388609, -16777215, 1e20)),
  add: binaryAlsoInt,
  sub: binaryAlsoInt,
  mul: binaryAlsoInt,
  div: (random) => shapePairs.map(([a, b], i) => plain(floats(random.fork(`a${i}`), a), floats(random.fork(`b${i}`), b, 0.2, 3))),
  pow: (random) => [
    ...shapePairs.map(([a, b], i) => plain(floats(random.fork(`a${i}`), a, 0.1, 3), floats(random.fork(`b${i}`), b, -2, 3))),
    plain(f32(-2, -2, 0, 0, 3, 1.5), f32(3, 2, 0, 2, -1, 0.5)),
    plain(floats(random.fork("square"), [11]), scalar("f32", 2)),
  ],
  mod: divided,
  floor_div: divided,
  max: binaryAlsoInt,
  min: binaryAlsoInt,
  bit_and: (random) => [
    plain(ints(random.fork("a"), [3, 5], -99, 99), ints(random.fork("b"), [5], -99, 99)),
    plain(i32(-16777215, -16777215, -1, 0, 16777215, 5592405), i32(16777215, -1, 16777215, -1, 8388608, 11184810)),
  ],
  eq: (random) => [...compared(random), ...logical(random.fork("bool"))],
  lt: compared,
  le: compared,
  and: logical,
  or: logical,
  not: (random) => [plain(bools(random, [3, 5])), plain(bools(random, []))],
  where: (random) => [
    plain(bools(random.fork("a"), [3, 5]), floats(random.fork("b"), [3, 5]), floats(random.fork("c"), [3, 5])),
    plain(bools(random.fork("d"), [5, 5]), floats(random.fork("e"), [2, 5, 5]), scalar("f32", -1e9)),
    plain(bools(random.fork("f"), [3, 1]), floats(random.fork("g"), [4]), floats(random.fork("h"), [1, 4])),
    plain(bools(random.fork("i"), [7]), ints(random.fork("j"), [7], -9, 9), ints(random.fork("k"), [7], -9, 9)),
    plain(bools(random.fork("l"), [7]), bools(random.fork("m"), [7]), bools(random.fork("n"), [7])),
    plain(bools(random.fork("o"), [0]), floats(random.fork("p"), [0]), floats(random.fork("q"), [0])),
  ],
  cast: casts,
  after: (random) => [
    plain(floats(random, [3, 5]), floats(random, [2])),
    plain(floats(random, [4]), floats(random, [])),
    plain(ints(random, [4], 0, 7), floats(random, [2, 2])),
  ],
  checkpoint: (random) => [{ args: [floats(random, [3, 5]), floats(random, [2])], attrs: { held: 1 } }],
  stop_gradient: (random) => [plain(floats(random, [3, 5]))],
  straight_through: (random) => [plain(floats(random.fork("a"), [3, 5]), floats(random.fork("b"), [3, 5]))],
} satisfies Partial<CaseTable<OpName>>
