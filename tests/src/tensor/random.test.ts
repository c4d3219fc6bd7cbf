/** SPEC T4: random numbers in programs: known answers, streams, and the distributions that are made of the bits. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray } from "../../../src/base/ndarray.ts"
import { philox, random } from "../../../src/base/random.ts"
import { apply } from "../../../src/tensor/apply.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import {
  bernoulli, categorical, foldIn, normal, permutation, randomBits, randomKey, shuffle, splitKey, truncatedNormal, uniform,
} from "../../../src/tensor/random.ts"
import { stack } from "../../../src/tensor/reshape.ts"
import { constant, input, iota } from "../../../src/tensor/source.ts"
import { erf, interpret, interpretWide } from "../../support/interpreter.ts"

const i32 = (...values: readonly number[]) => ndarray("i32", [values.length], Int32Array.from(values))
const key = constant(randomKey(random("tensor random")))
/** In float64, so that nothing is rounded before it is looked at. */
const valuesOf = (y: Expr): readonly number[] => [...must(interpretWide(makeProgram({ outputs: { y } }), {})["y"], "y").data]
const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)
const moment = (xs: readonly number[], power: number, centre = 0) => sum(xs.map((x) => (x - centre) ** power)) / xs.length
const correlation = (xs: readonly number[], ys: readonly number[]): number => {
  const [a, b] = [moment(xs, 1), moment(ys, 1)]
  return sum(xs.map((x, i) => (x - a) * ((ys[i] as number) - b))) / xs.length / Math.sqrt(moment(xs, 2, a) * moment(ys, 2, b))
}
/** Sum of squared deviations of counts from what is expected; near the number of bins. */
const chiSquared = (bins: readonly number[], expected: readonly number[]): number => {
  const counts = expected.map((_, bin) => bins.filter((b) => b === bin).length)
  return sum(counts.map((count, bin) => (count - (expected[bin] as number)) ** 2 / (expected[bin] as number)))
}
const n = 20_000

describe("the bits", () => {
  it("are the upper 24 of Random123's known answer for a key and a counter of zeros (T4)", () => {
    const bits = apply("random_bits", [constant(i32(0, 0, 0, 0)), constant(0, "i32")], { stream: 0 })
    expect(valuesOf(bits)).toEqual([0x6627e8, 0xe169c5, 0xbc57ac, 0x9b00db])
  })

  it("are those of the host's Philox, whatever key, counter and stream (T4)", () => {
    const words = (k: readonly number[]) => [k[0]! + 65536 * k[1]!, k[2]! + 65536 * k[3]!] as const
    for (const [k, counter, stream] of [[[1, 2, 3, 4], 5, 6], [[65535, 65535, 65535, 65535], 2 ** 24 - 1, 2 ** 32 - 1], [[0x6a88, 0x243f, 0x08d3, 0x85a3], 77, 1]] as const) {
      const bits = apply("random_bits", [constant(i32(...k)), constant(counter, "i32")], { stream })
      expect(valuesOf(bits)).toEqual(philox([counter, stream, 0, 0], words(k)).map((word) => word >>> 8))
    }
  })

  it("take the key as an argument of the program, so that one program serves all seeds (T4)", () => {
    const program = makeProgram({ outputs: { y: randomBits(input("key", [4], "i32"), [8]) } })
    const draw = (seed: string) => [...must(interpret(program, { key: randomKey(random(seed)) })["y"], "y").data]
    expect(draw("a")).toEqual(draw("a"))
    expect(draw("a").filter((bits, i) => bits === draw("b")[i])).toEqual([])
  })

  it("depend on the index and not on how many are drawn (T4)", () => {
    const many = valuesOf(randomBits(key, [3, 7]))
    expect(valuesOf(randomBits(key, [5]))).toEqual(many.slice(0, 5))
    expect(valuesOf(randomBits(key, []))).toEqual(many.slice(0, 1))
    expect(valuesOf(randomBits(key, [0, 2]))).toEqual([])
  })

  it("are refused under something that is no key", () => {
    expect(() => randomBits(constant(1, "i32"), [3])).toThrow("random(i32[]): expected a key, i32[4]")
    expect(() => randomBits(constant(i32(1, 2)), [3])).toThrow("random_bits(i32[2], i32[1]): expected a key whose last extent is 4")
    expect(() => foldIn(key, iota([2]))).toThrow("foldIn(i32[4], i32[2]): expected a number, i32[]")
  })
})

describe("keys", () => {
  it("split and folded are all different, from each other and from what is drawn (T4)", () => {
    const keys = [key, ...splitKey(key, 20), ...Array.from({ length: 20 }, (_, i) => foldIn(key, i)), foldIn(foldIn(key, 1), 2), foldIn(foldIn(key, 2), 1)]
    const texts = keys.map((k) => valuesOf(k).join())
    expect(new Set(texts).size).toBe(keys.length)
    expect(texts).not.toContain(valuesOf(randomBits(key, [4])).map((bits) => bits >> 8).join())
    expect(valuesOf(must(keys[5], "key")).every((word) => Number.isInteger(word) && word >= 0 && word < 65536)).toBe(true)
  })

  it("folded by a number and by a tensor are the same", () => {
    expect(valuesOf(foldIn(key, constant(7, "i32")))).toEqual(valuesOf(foldIn(key, 7)))
  })

  it("that are neighbours give draws without correlation", () => {
    const draws = [key, ...splitKey(key, 3), foldIn(key, 0), foldIn(key, 1)].map((k) => valuesOf(uniform(k, [4000])))
    for (const [i, a] of draws.entries()) for (const b of draws.slice(i + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(4000))
  })
})

describe("distributions, within five standard errors", () => {
  const uniforms = valuesOf(uniform(key, [n]))
  const normals = valuesOf(normal(key, [n]))

  it("uniform: moments, bins, and no correlation with its neighbours", () => {
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...uniforms)).toBeLessThan(1)
    expect(Math.abs(moment(uniforms, 1) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(moment(uniforms, 2, 1 / 2) - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n))
    // 0.9999 quantile of chi-squared with 63 degrees of freedom.
    expect(chiSquared(uniforms.map((u) => Math.floor(u * 64)), Array<number>(64).fill(n / 64))).toBeLessThan(111.4)
    for (const lag of [1, 2, 3, 4]) expect(Math.abs(correlation(uniforms.slice(lag), uniforms.slice(0, n - lag)))).toBeLessThan(5 / Math.sqrt(n))
    const scaled = valuesOf(uniform(key, [50], -3, 5))
    scaled.forEach((x, i) => expect(x).toBeCloseTo(8 * (uniforms[i] as number) - 3, 12))
  })

  it("normal: moments, and the distribution function of each is the uniform number it came from", () => {
    expect(Math.abs(moment(normals, 1))).toBeLessThan(5 / Math.sqrt(n))
    expect(Math.abs(moment(normals, 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
    expect(Math.abs(moment(normals, 3))).toBeLessThan(5 * Math.sqrt(15 / n))
    expect(Math.abs(moment(normals, 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n))
    normals.forEach((z, i) => {
      const u = uniforms[i] as number
      const p = u < 1 / 2 ? u + 2 ** -25 : 1 - (u - 1 / 2 + 2 ** -25)
      expect(Math.abs((1 + erf(z / Math.SQRT2)) / 2 - p)).toBeLessThan(3e-7)
    })
    expect(Math.max(...normals.map(Math.abs))).toBeGreaterThan(3.5)
    valuesOf(normal(key, [50], 10, 3)).forEach((x, i) => expect(x).toBeCloseTo(3 * (normals[i] as number) + 10, 5))
  })

  it("truncated normal: inside its bounds, with the moments of that distribution", () => {
    const within = valuesOf(truncatedNormal(key, [n]))
    expect(Math.max(...within.map(Math.abs))).toBeLessThanOrEqual(2)
    expect(Math.abs(moment(within, 1))).toBeLessThan(5 * Math.sqrt(0.7737 / n))
    expect(Math.abs(moment(within, 2) - 0.77374)).toBeLessThan(5 * Math.sqrt((1.4161 - 0.77374 ** 2) / n))
    // Half a normal: E x = sqrt(2 / pi), cut at 4.
    expect(Math.abs(moment(valuesOf(truncatedNormal(key, [n], 0, 4)), 1) - Math.sqrt(2 / Math.PI))).toBeLessThan(5 * Math.sqrt(0.3634 / n))
    expect(() => truncatedNormal(key, [3], 2, 1)).toThrow("expected -4 <= low < high <= 4, not 2 and 1")
  })

  it("bernoulli and categorical: the probabilities asked for", () => {
    const heads = moment(valuesOf(bernoulli(key, 0.3, [n])), 1)
    expect(Math.abs(heads - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / n))
    expect([valuesOf(bernoulli(key, 0, [99])), valuesOf(bernoulli(key, 1, [99]))].map(sum)).toEqual([0, 99])
    const shares = [0.1, 0.2, 0.3, 0.4]
    const logits = constant(ndarray("f32", [5000, 4], Float32Array.from({ length: 20_000 }, (_, i) => Math.log(shares[i % 4] as number) + 3)))
    // 0.9999 quantile of chi-squared with 3 degrees of freedom.
    expect(chiSquared(valuesOf(categorical(key, logits)), shares.map((share) => share * 5000))).toBeLessThan(21.1)
  })

  it("permutation: every number once, every order of four about equally often", () => {
    expect([...valuesOf(permutation(key, 50))].sort((a, b) => a - b)).toEqual([...Array(50).keys()])
    const all = valuesOf(stack(splitKey(key, 480).map((k) => permutation(k, 4))))
    const orders = Array.from({ length: 480 }, (_, i) => all.slice(4 * i, 4 * i + 4).join())
    const names = [...new Set(orders)].sort()
    expect(names).toHaveLength(24)
    // 0.9999 quantile of chi-squared with 23 degrees of freedom.
    expect(chiSquared(orders.map((order) => names.indexOf(order)), Array<number>(24).fill(20))).toBeLessThan(55.9)
    const rows = constant(ndarray("i32", [3, 2], Int32Array.of(0, 1, 10, 11, 20, 21)))
    const shuffled = valuesOf(shuffle(key, rows))
    expect(shuffled.filter((_, i) => i % 2 === 0)).toEqual(valuesOf(permutation(key, 3)).map((row) => 10 * row))
    expect(shuffled.filter((_, i) => i % 2 === 1)).toEqual(valuesOf(permutation(key, 3)).map((row) => 10 * row + 1))
  })
})
