/**
 * How close composed functions come to the true values on each device: relative errors over wide ranges, where the
 * conformance of single ops says nothing about their composition.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ndarray } from "../../../src/base/ndarray.ts"
import { wholeDeviceNames, type Device } from "../../../src/device/device.ts"
import { sigmoid, silu, softplus } from "../../../src/tensor/activation.ts"
import { bitAnd, bitNot, bitOr, bitXor, shiftLeft, shiftRight } from "../../../src/tensor/bitwise.ts"
import { fmax, fmin, isFinite, isInf, isNan, nanToNum } from "../../../src/tensor/classify.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import * as x from "../../../src/tensor/exponential.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { copySign } from "../../../src/tensor/fold.ts"
import { ceil, floor, floorDivide, fmod, heaviside, mod, round, sign, trunc } from "../../../src/tensor/rounding.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { acos, asin, atan, atan2, tan } from "../../../src/tensor/trigonometry.ts"
import { openIfPresent, runOnce } from "../../support/any-device.ts"

type Unary = readonly [f: (a: Expr) => Expr, exact: (a: number) => number, low: number, high: number, signs: "both" | "positive"]

/** Magnitudes in which operands are drawn, evenly in their logarithm. */
const unary: Readonly<Record<string, Unary>> = {
  expm1: [x.expm1, Math.expm1, 1e-30, 80, "both"],
  log1p: [x.log1p, Math.log1p, 1e-30, 0.99, "both"],
  "log1p of large numbers": [x.log1p, Math.log1p, 1, 1e30, "positive"],
  exp2: [x.exp2, (a) => 2 ** a, 1e-3, 120, "both"],
  log2: [x.log2, Math.log2, 1.5, 1e30, "positive"],
  log10: [x.log10, Math.log10, 1.5, 1e30, "positive"],
  cbrt: [x.cbrt, Math.cbrt, 1e-20, 1e20, "both"],
  sinh: [x.sinh, Math.sinh, 1e-30, 80, "both"],
  cosh: [x.cosh, Math.cosh, 1e-30, 80, "both"],
  asinh: [x.asinh, Math.asinh, 1e-30, 1e37, "both"],
  acosh: [x.acosh, Math.acosh, 1.0001, 1e37, "positive"],
  atanh: [x.atanh, Math.atanh, 1e-30, 0.999, "both"],
  tan: [tan, Math.tan, 1e-6, 1.5, "both"],
  asin: [asin, Math.asin, 1e-30, 1, "both"],
  acos: [acos, Math.acos, 1e-30, 0.9999, "both"],
  atan: [atan, Math.atan, 1e-30, 1e30, "both"],
  softplus: [softplus, (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))), 1e-6, 80, "both"],
  silu: [silu, (a) => a / (1 + Math.exp(-a)), 1e-6, 4, "both"],
}

/** The largest finite f32. */
const largest = 2 ** 128 - 2 ** 104

const count = 501
const operands = (low: number, high: number, signs: "both" | "positive"): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)) * (signs === "both" && i % 2 === 1 ? -1 : 1))

const vector = (...values: readonly number[]) => ndarray("f32", [values.length], Float32Array.from(values))

const relative = (got: ArrayLike<number>, want: readonly number[]): number =>
  Math.max(...want.map((value, i) => (Object.is(got[i], value) || got[i] === value ? 0 : Math.abs(got[i]! - value) / Math.abs(value))))

const pairsOf = (values: readonly number[]): readonly (readonly [number, number])[] => values.flatMap((a) => values.map((b) => [a, b] as const))

describe.each(wholeDeviceNames)("%s", (name) => {
  let device: Device | undefined
  beforeAll(async () => {
    device = await openIfPresent(name)
  })
  afterAll(async () => device?.close())

  const run = async (outputs: (inputs: { readonly a: Expr; readonly b: Expr }) => Readonly<Record<string, Expr>>, a: Float32Array, b = a) => {
    const specs = { a: { shape: [a.length] }, b: { shape: [b.length] } }
    const results = await runOnce(device!, trace(specs, outputs), { a: vector(...a), b: vector(...b) })
    return Object.fromEntries(Object.entries(results).map(([key, { data }]) => [key, data]))
  }

  test("functions of one operand are within 2e-6 of the true value (1e-5 on webgpu), relative to it, near 0 too (D5)", async (context) => {
    if (device === undefined) return context.skip()
    const errors: Record<string, number> = {}
    for (const [key, [f, exact, low, high, signs]] of Object.entries(unary)) {
      const at = operands(low, high, signs)
      const { y } = await run(({ a }) => ({ y: f(a) }), at)
      errors[key] = relative(y!, [...at].map(exact))
    }
    // WGSL allows exp an error of 3 + 2|x| units in the last place.
    const most = name === "gpujs:webgpu" ? 1e-5 : 2e-6
    expect(Object.entries(errors).filter(([, error]) => !(error <= most))).toEqual([])
  })

  test("functions of two operands are right in every quadrant and where squares overflow (D5)", async (context) => {
    if (device === undefined) return context.skip()
    const pairs = pairsOf([-1e20, -3, -0.5, 0, 1e-17, 0.25, 2, 1e20])
    const [p, q] = [Float32Array.from(pairs, ([a]) => a), Float32Array.from(pairs, ([, b]) => b)]
    const on = (f: (a: number, b: number) => number) => pairs.map((_, i) => f(p[i]!, q[i]!))
    const got = await run(({ a, b }) => ({ hypot: x.hypot(a, b), atan2: atan2(a, b), sum: x.logAddExp(e.clip(a, -80, 80), e.clip(b, -80, 80)) }), p, q)
    const within80 = (a: number) => Math.min(80, Math.max(-80, a))
    const logAddExp = (a: number, b: number) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))
    expect(relative(got["hypot"]!, on(Math.hypot))).toBeLessThan(1e-6)
    expect(relative(got["atan2"]!, on(Math.atan2))).toBeLessThan(1e-6)
    expect(relative(got["sum"]!, on((a, b) => logAddExp(within80(a), within80(b))))).toBeLessThan(1e-6)
  })

  test("rounding, and division with remainder, are exact (D5)", async (context) => {
    if (device === undefined) return context.skip()
    const at = Float32Array.of(-838860.5, -2.5, -1.7, -1.5, -0.5, -0.2, 0, 0.2, 0.5, 0.75, 1.5, 2.5, 3, 1e9)
    const by = Float32Array.of(0.1, -0.1, 0.7, 3, 0.3, -7, 2, 0.1, -0.3, 0.25, 0.7, 0.1, -0.1, 1e3)
    const got = await run(({ a, b }) => ({
      ceil: ceil(a), floor: floor(a), round: round(a), sign: sign(a), trunc: trunc(a), mod: mod(a, b), quotient: floorDivide(a, b),
      fmod: fmod(a, b), heaviside: heaviside(a, b), signed: copySign(a, b),
      whole: e.cast(floorDivide(e.cast(e.mul(a, 2), "i32"), e.cast(e.mul(b, 10), "i32")), "f32"),
    }), at, by)
    const on = (f: (a: number, b: number) => number): readonly number[] => [...at].map((a, i) => f(a, by[i]!) + 0)
    const toEven = (a: number) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a))
    const numpyMod = (a: number, b: number) => Math.fround(a % b !== 0 && a % b < 0 !== b < 0 ? (a % b) + b : a % b)
    expect([...got["ceil"]!].map((a) => a + 0)).toEqual(on(Math.ceil))
    expect([...got["floor"]!].map((a) => a + 0)).toEqual(on(Math.floor))
    expect([...got["round"]!].map((a) => a + 0)).toEqual(on(toEven))
    expect([...got["trunc"]!].map((a) => a + 0)).toEqual(on(Math.trunc))
    expect([...got["sign"]!].map((a) => a + 0)).toEqual(on(Math.sign))
    expect(relative(got["mod"]!, on(numpyMod))).toBeLessThan(1e-7)
    expect(relative(got["fmod"]!, on((a, b) => Math.fround(a % b)))).toBeLessThan(1e-7)
    expect([...got["heaviside"]!]).toEqual(on((a, b) => (a === 0 ? b : Number(a > 0))))
    expect([...got["signed"]!].map((a) => a + 0)).toEqual(on((a, b) => Math.abs(a) * Math.sign(b)))
    expect([...got["quotient"]!].map((a) => a + 0)).toEqual(on((a, b) => Math.round((a - numpyMod(a, b)) / b)))
    expect([...got["whole"]!].map((a) => a + 0)).toEqual(on((a, b) => Math.floor(Math.trunc(2 * a) / Math.trunc(Math.fround(10 * b)))))
  })

  test("bits of integers within 2^24 are exact, of either sign (D5)", async (context) => {
    if (device === undefined) return context.skip()
    const pairs = pairsOf([0, 1, -1, 5592405, -5592406, 16777215, -16777215, 4096, -4097])
    const [p, q] = [Float32Array.from(pairs, ([a]) => a), Float32Array.from(pairs, ([, b]) => b)]
    const on = (f: (a: number, b: number) => number) => pairs.map(([a, b]) => f(a, b) + 0)
    const got = await run(({ a, b }) => {
      const [i, j] = [e.cast(a, "i32"), e.cast(b, "i32")]
      const all = { and: bitAnd(i, j), or: bitOr(i, j), xor: bitXor(i, j), not: bitNot(i), right: shiftRight(i, 5), left: shiftLeft(shiftRight(i, 7), 3) }
      return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, e.cast(value, "f32")]))
    }, p, q)
    expect(Object.fromEntries(Object.entries(got).map(([key, values]) => [key, [...values].map((a) => a + 0)]))).toEqual({
      and: on((a, b) => a & b),
      or: on((a, b) => a | b),
      xor: on((a, b) => a ^ b),
      not: on((a) => ~a),
      right: on((a) => a >> 5),
      left: on((a) => (a >> 7) << 3),
    })
  })

  test("NaN and infinities are told apart, and the larger of NaN and a number is NaN (D5)", async (context) => {
    if (device === undefined || name === "gpujs:webgpu") return context.skip()
    const at = Float32Array.of(NaN, Infinity, -Infinity, 0, -3e38, NaN)
    const by = Float32Array.of(1, NaN, 0, NaN, 1, NaN)
    const got = await run(({ a, b }) => ({
      nan: e.cast(isNan(a), "f32"), inf: e.cast(isInf(a), "f32"), finite: e.cast(isFinite(a), "f32"), max: e.max(a, b), min: e.min(a, b),
      xor: e.cast(e.xor(e.lt(a, 1), e.lt(b, 1)), "f32"), both: x.logAddExp(a, a),
      fmax: fmax(a, b), fmin: fmin(a, b), number: nanToNum(a),
    }), at, by)
    expect(Object.fromEntries(Object.entries(got).map(([key, values]) => [key, [...values]]))).toEqual({
      nan: [1, 0, 0, 0, 0, 1],
      inf: [0, 1, 1, 0, 0, 0],
      finite: [0, 0, 0, 1, 1, 0],
      max: [NaN, NaN, 0, NaN, 1, NaN],
      min: [NaN, NaN, -Infinity, NaN, Math.fround(-3e38), NaN],
      xor: [0, 0, 0, 1, 1, 0],
      both: [NaN, Infinity, -Infinity, Math.fround(Math.LN2), Math.fround(-3e38), NaN],
      fmax: [1, Infinity, 0, 0, 1, NaN],
      fmin: [1, Infinity, -Infinity, 0, Math.fround(-3e38), NaN],
      number: [0, largest, -largest, 0, Math.fround(-3e38), 0],
    })
  })

  test("what saturates does not overflow on the way (D5)", async (context) => {
    if (device === undefined || name === "gpujs:webgpu") return context.skip()
    const got = await run(({ a }) => ({ softplus: softplus(a), silu: silu(a), sigmoid: sigmoid(a), expm1: x.expm1(a), sinh: x.sinh(a) }), Float32Array.of(-200, 200))
    const { log1p } = await run(({ a }) => ({ log1p: x.log1p(a) }), Float32Array.of(-2, -1, Infinity, NaN, 3e38))
    expect([...log1p!]).toEqual([NaN, -Infinity, Infinity, NaN, expect.closeTo(Math.log(3e38), 4)])
    expect(Object.fromEntries(Object.entries(got).map(([key, values]) => [key, [...values].map((a) => a + 0)]))).toEqual({
      softplus: [0, 200], silu: [0, 200], sigmoid: [0, 1], expm1: [-1, Infinity], sinh: [-Infinity, Infinity],
    })
  })
})
