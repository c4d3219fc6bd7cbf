/**
 * numpy's elementwise functions (its ufuncs, as of 2.4) under our names: the values that numpy computes in float64, to six digits.
 * Who knows a name of numpy's finds here what it is called.
 */
import { expect, test } from "vitest"
import * as bits from "../../../src/tensor/bitwise.ts"
import * as c from "../../../src/tensor/classify.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import * as n from "../../../src/tensor/exponential.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { copySign } from "../../../src/tensor/fold.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { concat, reshape } from "../../../src/tensor/reshape.ts"
import * as r from "../../../src/tensor/rounding.ts"
import * as t from "../../../src/tensor/trigonometry.ts"
import { f, i, valuesOf } from "../../support/traced-values.ts"

const x = f([8], -2.5, -1, -0.5, 0, 0.25, 1, 3, 7.75)
const y = f([8], 2, -0.75, 3, 0.5, -2, 1, -1.5, 0.375)
const u = f([8], 0.0625, 0.25, 0.5, 0.75, 0.9375, 0.125, 1, 0.625)
const [o, p] = [f([5], NaN, Infinity, -Infinity, 1, NaN), f([5], 1, NaN, 2, Infinity, NaN)]
const [j, k] = [i([5], 6, -7, 12, 0, 100), i([5], 3, 5, 10, 7, -28)]
const j8 = i([8], 6, -7, 12, 0, 10, 3, 5, -2)

const table: Readonly<Record<string, readonly [Expr, readonly number[]]>> = {
  negative: [e.neg(x), [2.5, 1, 0.5, 0, -0.25, -1, -3, -7.75]],
  absolute: [e.abs(x), [2.5, 1, 0.5, 0, 0.25, 1, 3, 7.75]],
  fabs: [e.abs(x), [2.5, 1, 0.5, 0, 0.25, 1, 3, 7.75]],
  positive: [x, [-2.5, -1, -0.5, 0, 0.25, 1, 3, 7.75]],
  sign: [r.sign(x), [-1, -1, -1, 0, 1, 1, 1, 1]],
  rint: [r.round(x), [-2, -1, 0, 0, 0, 1, 3, 8]],
  floor: [r.floor(x), [-3, -1, -1, 0, 0, 1, 3, 7]],
  ceil: [r.ceil(x), [-2, -1, 0, 0, 1, 1, 3, 8]],
  trunc: [r.trunc(x), [-2, -1, 0, 0, 0, 1, 3, 7]],
  exp: [e.exp(x), [0.082085, 0.3678794, 0.6065307, 1, 1.284025, 2.718282, 20.08554, 2321.572]],
  exp2: [n.exp2(x), [0.1767767, 0.5, 0.7071068, 1, 1.189207, 2, 8, 215.2695]],
  expm1: [n.expm1(x), [-0.917915, -0.6321206, -0.3934693, 0, 0.2840254, 1.718282, 19.08554, 2320.572]],
  square: [e.square(x), [6.25, 1, 0.25, 0, 0.0625, 1, 9, 60.0625]],
  cbrt: [n.cbrt(x), [-1.357209, -1, -0.7937005, 0, 0.6299605, 1, 1.44225, 1.978946]],
  sin: [e.sin(x), [-0.5984721, -0.841471, -0.4794255, 0, 0.247404, 0.841471, 0.14112, 0.9945988]],
  cos: [e.cos(x), [-0.8011436, 0.5403023, 0.8775826, 1, 0.9689124, 0.5403023, -0.9899925, 0.1037944]],
  tan: [t.tan(x), [0.7470223, -1.557408, -0.5463025, 0, 0.2553419, 1.557408, -0.1425465, 9.582397]],
  arctan: [t.atan(x), [-1.19029, -0.7853982, -0.4636476, 0, 0.2449787, 0.7853982, 1.249046, 1.442473]],
  sinh: [n.sinh(x), [-6.050204, -1.175201, -0.5210953, 0, 0.2526123, 1.175201, 10.01787, 1160.786]],
  cosh: [n.cosh(x), [6.132289, 1.543081, 1.127626, 1, 1.031413, 1.543081, 10.06766, 1160.786]],
  tanh: [e.tanh(x), [-0.9866143, -0.7615942, -0.4621172, 0, 0.2449187, 0.7615942, 0.9950548, 0.9999996]],
  arcsinh: [n.asinh(x), [-1.647231, -0.8813736, -0.4812118, 0, 0.2474665, 0.8813736, 1.818446, 2.744977]],
  degrees: [t.degrees(x), [-143.2394, -57.29578, -28.64789, 0, 14.32394, 57.29578, 171.8873, 444.0423]],
  rad2deg: [t.degrees(x), [-143.2394, -57.29578, -28.64789, 0, 14.32394, 57.29578, 171.8873, 444.0423]],
  radians: [t.radians(x), [-0.04363323, -0.01745329, -0.008726646, 0, 0.004363323, 0.01745329, 0.05235988, 0.135263]],
  deg2rad: [t.radians(x), [-0.04363323, -0.01745329, -0.008726646, 0, 0.004363323, 0.01745329, 0.05235988, 0.135263]],
  log: [e.log(u), [-2.772589, -1.386294, -0.6931472, -0.2876821, -0.06453852, -2.079442, 0, -0.4700036]],
  log2: [n.log2(u), [-4, -2, -1, -0.4150375, -0.0931094, -3, 0, -0.6780719]],
  log10: [n.log10(u), [-1.20412, -0.60206, -0.30103, -0.1249387, -0.02802872, -0.90309, 0, -0.20412]],
  log1p: [n.log1p(u), [0.06062462, 0.2231436, 0.4054651, 0.5596158, 0.6613985, 0.117783, 0.6931472, 0.4855078]],
  sqrt: [e.sqrt(u), [0.25, 0.5, 0.7071068, 0.8660254, 0.9682458, 0.3535534, 1, 0.7905694]],
  reciprocal: [e.reciprocal(u), [16, 4, 2, 1.333333, 1.066667, 8, 1, 1.6]],
  arcsin: [t.asin(u), [0.06254076, 0.2526803, 0.5235988, 0.8480621, 1.215375, 0.1253278, 1.570796, 0.6751315]],
  arccos: [t.acos(u), [1.508256, 1.318116, 1.047198, 0.7227342, 0.3554212, 1.445468, 0, 0.8956648]],
  arctanh: [n.atanh(e.sub(u, 0.03125)), [0.03126018, 0.2223429, 0.5084671, 0.9050543, 1.506131, 0.09402612, 2.071567, 0.6834381]],
  arccosh: [n.acosh(e.add(u, 1)), [0.3517374, 0.6931472, 0.9624237, 1.15881, 1.280097, 0.4949329, 1.316958, 1.066732]],
  add: [e.add(x, y), [-0.5, -1.75, 2.5, 0.5, -1.75, 2, 1.5, 8.125]],
  subtract: [e.sub(x, y), [-4.5, -0.25, -3.5, -0.5, 2.25, 0, 4.5, 7.375]],
  multiply: [e.mul(x, y), [-5, 0.75, -1.5, 0, -0.5, 1, -4.5, 2.90625]],
  divide: [e.div(x, y), [-1.25, 1.333333, -0.1666667, 0, -0.125, 1, -2, 20.66667]],
  power: [e.pow(u, y), [0.00390625, 2.828427, 0.125, 0.8660254, 1.137778, 0.125, 1, 0.8384072]],
  float_power: [e.pow(u, y), [0.00390625, 2.828427, 0.125, 0.8660254, 1.137778, 0.125, 1, 0.8384072]],
  floor_divide: [r.floorDivide(x, y), [-2, 1, -1, 0, -1, 1, -2, 20]],
  remainder: [r.mod(x, y), [1.5, -0.25, 2.5, 0, -1.75, 0, 0, 0.25]],
  fmod: [r.fmod(x, y), [-0.5, -0.25, -0.5, 0, 0.25, 0, 0, 0.25]],
  maximum: [e.max(x, y), [2, -0.75, 3, 0.5, 0.25, 1, 3, 7.75]],
  minimum: [e.min(x, y), [-2.5, -1, -0.5, 0, -2, 1, -1.5, 0.375]],
  arctan2: [t.atan2(x, y), [-0.8960554, -2.214297, -0.1651487, 0, 3.017238, 0.7853982, 2.034444, 1.522447]],
  hypot: [n.hypot(x, y), [3.201562, 1.25, 3.041381, 0.5, 2.015564, 1.414214, 3.354102, 7.759067]],
  copysign: [copySign(x, y), [2.5, -1, 0.5, 0, -0.25, 1, -3, 7.75]],
  heaviside: [r.heaviside(x, y), [0, 0, 0, 0.5, 1, 1, 1, 1]],
  logaddexp: [n.logAddExp(x, y), [2.011048, -0.1740606, 3.02975, 0.974077, 0.3502066, 1.693147, 3.011048, 7.750627]],
  logaddexp2: [n.logAddExp2(x, y), [2.06239, 0.1304085, 3.122193, 1.271553, 0.5252742, 2, 3.06239, 7.758665]],
  greater: [e.gt(x, y), [0, 0, 0, 0, 1, 0, 1, 1]],
  greater_equal: [e.ge(x, y), [0, 0, 0, 0, 1, 1, 1, 1]],
  less: [e.lt(x, y), [1, 1, 1, 1, 0, 0, 0, 0]],
  less_equal: [e.le(x, y), [1, 1, 1, 1, 0, 1, 0, 0]],
  equal: [e.eq(x, y), [0, 0, 0, 0, 0, 1, 0, 0]],
  not_equal: [e.ne(x, y), [1, 1, 1, 1, 1, 0, 1, 1]],
  logical_and: [e.and(e.gt(x, 0), e.gt(y, 0)), [0, 0, 0, 0, 0, 1, 0, 1]],
  logical_or: [e.or(e.gt(x, 0), e.gt(y, 0)), [1, 0, 1, 1, 1, 1, 1, 1]],
  logical_xor: [e.xor(e.gt(x, 0), e.gt(y, 0)), [1, 0, 1, 1, 1, 0, 1, 0]],
  logical_not: [e.not(e.gt(x, 0)), [1, 1, 1, 1, 0, 0, 0, 0]],
  fmax: [c.fmax(o, p), [1, Infinity, 2, Infinity, NaN]],
  fmin: [c.fmin(o, p), [1, Infinity, -Infinity, 1, NaN]],
  isnan: [c.isNan(o), [1, 0, 0, 0, 1]],
  isinf: [c.isInf(o), [0, 1, 1, 0, 0]],
  isfinite: [c.isFinite(o), [0, 0, 0, 1, 0]],
  bitwise_and: [bits.bitAnd(j, k), [2, 1, 8, 0, 100]],
  bitwise_or: [bits.bitOr(j, k), [7, -3, 14, 7, -28]],
  bitwise_xor: [bits.bitXor(j, k), [5, -4, 6, 7, -128]],
  invert: [bits.bitNot(j), [-7, 6, -13, -1, -101]],
  left_shift: [bits.shiftLeft(j, 3), [48, -56, 96, 0, 800]],
  right_shift: [bits.shiftRight(j, 1), [3, -4, 6, 0, 50]],
  matmul: [matmul(reshape(x, [2, 4]), reshape(y, [4, 2])), [-7, 0.875, -14.125, 6.21875]],
  modf: [concat([e.sub(x, r.trunc(x)), r.trunc(x)]), [-0.5, 0, -0.5, 0, 0.25, 0, 0, 0.75, -2, -1, 0, 0, 0, 1, 3, 7]],
  divmod: [concat([r.floorDivide(x, y), r.mod(x, y)]), [-2, 1, -1, 0, -1, 1, -2, 20, 1.5, -0.25, 2.5, 0, -1.75, 0, 0, 0.25]],
  ldexp: [e.mul(x, n.exp2(e.cast(j8, "f32"))), [-160, -0.0078125, -2048, 0, 256, 8, 96, 1.9375]],
}

test.each(Object.entries(table))("%s (T10)", (_, [value, expected]) => {
  valuesOf(value).forEach((element, at) => {
    const wanted = expected[at]!
    if (Number.isFinite(wanted)) expect(Math.abs(element - wanted), `element ${at}`).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(wanted)))
    else expect(element).toBe(wanted)
  })
})

/** Not here, and why. */
const absent: Readonly<Record<string, string>> = {
  conjugate: "no complex numbers",
  isnat: "no dates",
  signbit: "a GPU does not tell -0 from 0; of any other number it is lt(x, 0)",
  frexp: "the bits of a float",
  nextafter: "the bits of a float",
  spacing: "the bits of a float",
  bitwise_count: "integers are indices and masks here",
  gcd: "integers are indices and masks here",
  lcm: "integers are indices and masks here",
  vecdot: "a matmul of a row by a column",
  matvec: "a matmul by a column",
  vecmat: "a matmul of a row",
}

/** `numpy.ufunc`s by their own name, aliases left out. */
const ufuncs =
  "absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh bitwise_and bitwise_count bitwise_or bitwise_xor cbrt ceil conjugate copysign cos cosh deg2rad degrees divide divmod equal exp exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod frexp gcd greater greater_equal heaviside hypot invert isfinite isinf isnan isnat lcm ldexp left_shift less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor matmul matvec maximum minimum modf multiply negative nextafter not_equal positive power rad2deg radians reciprocal remainder right_shift rint sign signbit sin sinh spacing sqrt square subtract tan tanh trunc vecdot vecmat"

test("every ufunc is in the table, or is said to be absent (T10)", () => {
  const ours = ["deg2rad", "fabs", "positive", "rad2deg"]
  expect([...Object.keys(table), ...Object.keys(absent)].sort()).toEqual([...new Set([...ufuncs.split(" "), ...ours])].sort())
})
