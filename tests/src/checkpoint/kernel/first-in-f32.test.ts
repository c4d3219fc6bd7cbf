/** Weighted sums of bf16 and f16, taken in f32 first: against the f64 arithmetic of the language, and against whole numbers, every element equal. */
import { describe, expect, it } from "vitest"
import { decodeHalves, encodeHalves } from "../../../../src/base/half.ts"
import { random } from "../../../../src/base/random.ts"
import { makeArena, roomFor } from "../../../../src/checkpoint/kernel/arena.ts"
import { element, evaluate, type Element } from "../../../../src/checkpoint/kernel/element.ts"
import { firstOf } from "../../../../src/checkpoint/kernel/first-in-f32.ts"
import { runSteps } from "../../../../src/checkpoint/kernel/listed.ts"
import { exactBf16 } from "../exact-bf16.ts"
import { made, run, samples, stored } from "./kernel-bytes.ts"

const { add, div, input, mul, number } = element
const weighted = (weights: readonly number[], divisor = 1): Element => {
  const sum = weights.map((weight, i) => (weight === 1 ? input(i) : mul(number(weight), input(i)))).reduce(add)
  return divisor === 1 ? sum : div(sum, number(divisor))
}
type Format = "BF16" | "F16"
const half = { BF16: "bf16", F16: "f16" } as const
const wayOf = (formula: Element, inputs: number, format: Format = "BF16"): string | undefined => firstOf(Array<Format>(inputs).fill(format), formula, format)?.way

/** One for all: a kernel is compiled once. */
const arena = makeArena()
const models = (columns: readonly Uint16Array[], format: Format = "BF16") => columns.map((bits) => ({ format, bytes: new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength) }))
const bitsOf = (formula: Element, columns: readonly Uint16Array[], format: Format = "BF16"): Uint16Array => new Uint16Array(made(models(columns, format), formula, format, arena).buffer)

/** The first element that differs from what the formula is in f64, rounded once; every NaN is one. */
const unlikeF64 = (formula: Element, columns: readonly Uint16Array[], format: Format = "BF16"): object | undefined => {
  const values = columns.map((bits) => decodeHalves(half[format], bits))
  const found = bitsOf(formula, columns, format)
  const expected = encodeHalves(half[format], Float64Array.from(found, (_, k) => evaluate(formula, (i) => values[i]?.[k] as number)))
  const isNan = (bits: number): boolean => (bits & 0x7fff) > (format === "F16" ? 0x7c00 : 0x7f80)
  const k = found.findIndex((bits, k) => bits !== expected[k] && !(isNan(bits) && isNan(expected[k]!)))
  return k < 0 ? undefined : { formula, of: values.map((column) => column[k]), found: found[k], expected: expected[k] }
}

/** Pairs of two bf16 of every mantissa, sign and gap of exponents from `least` to `most`, in both orders; the larger exponent is `exponent`. */
const pairs = (exponent: number, gaps: readonly number[]): readonly Uint16Array[] => {
  const left = new Uint16Array(gaps.length * 2 ** 16)
  const right = new Uint16Array(left.length)
  let at = 0
  for (const gap of gaps) for (let k = 0; k < 2 ** 16; k++) {
    const [a, b, sign, isTurned] = [k & 127, (k >> 7) & 127, (k >> 14) & 1, k >> 15]
    const [large, small] = [(exponent << 7) | a, (Math.max(0, exponent - gap) << 7) | b | (sign << 15)]
    left[at] = isTurned ? small : large
    right[at++] = isTurned ? large : small
  }
  return [left, right]
}

describe("weighted sums of 16-bit numbers", () => {
  it("[F4, F5] are what f64 gives, near the middle of two bf16, where terms cancel and at all sizes", () => {
    const size = 50_003
    const sets = [[1, [0.7], 1], [1, [0.75], 1], [1, [1], 3], [2, [0.31372, 0.68628], 1], [2, [1, -1], 1], [2, [0.3, 0.7], 1], [2, [0.5, 0.5], 1], [2, [1, 1], 2], [2, [1, 1], -2], [2, [0.3, 0.3], 0.6], [2, [3, -0.5], 1], [4, [0.3, 0.4, 0.5, 0.6], 1.8], [3, [1, 1e-12, -3], 0.7], [3, [1, 1, 1], 3], [3, [1, -1, 0.5], 1], [5, [0.2, 0.2, 0.2, 0.2, 0.2], 1]] as const
    for (const [n, weights, divisor] of sets) {
      const base = samples(`base ${n}`, size)
      // The second half of the models is near the first: their differences nearly cancel.
      const columns = weights.map((_, i) => {
        const own = i % 2 === 1 ? base.map((value, k) => value * (1 + ((k % 7) - 3) / 256)) : samples(`${n}/${i}`, size).map((value, k) => (k % 3 === 0 ? value : (base[k] as number)))
        return new Uint16Array(stored("BF16", own).slice().buffer)
      })
      expect(unlikeF64(weighted(weights, divisor), columns)).toBe(undefined)
    }
  })

  it("[F4, F5] are what f64 gives of any bits, and tell of a NaN or an infinity", () => {
    const { below } = random("any bits")
    const columns = [0, 1, 2].map((i) => Uint16Array.from({ length: 60_000 }, (_, k) => below(3 * k + i, 2 ** 16)))
    for (const weights of [[0.5, 0.5], [0.3, 0.7], [1, 1], [-0.75, 2], [0.2, 0.3, 0.5], [1, 1, -2]]) {
      const used = columns.slice(0, weights.length)
      expect(unlikeF64(weighted(weights), used)).toBe(undefined)
      expect(run(models(used), weighted(weights), "BF16").isSpecial).toBe(true)
      // Below 2^126 no sum here is beyond bf16.
      expect(run(models(used.map((bits) => bits.map((one) => ((one & 0x7f80) >= 0x7e80 ? 0x3f80 : one)))), weighted(weights), "BF16").isSpecial).toBe(false)
    }
  })

  it.each([["BF16", 0x7f7f, 2 ** -8], ["F16", 0x7bff, 2 ** -11]] as const)("[F5, F15] of %s tell of a sum that only rounding makes infinite, and of no other", (format, largest, halfStep) => {
    const { below } = random(`beyond ${format}`)
    const [all, right] = [[0, 0], [0, 0]]
    for (let k = 0; k < 4000; k++) {
      // Too large by up to three quarters of half a step, or too small.
      const formula = weighted(k % 4 === 0 ? [0.5, 0.5] : [0.5, 0.5 + (2 * halfStep * (below(2 * k, 64) - 16)) / 32])
      const pair = [largest, largest - below(2 * k + 1, 2)].map((bits) => bits | (k % 3 === 0 ? 0x8000 : 0))
      const columns = pair.map((bits) => Uint16Array.from({ length: 24 }, (_, at) => (at === k % 24 ? bits : 0x3c00)))
      const values = decodeHalves(half[format], Uint16Array.from(pair))
      const sum = encodeHalves(half[format], [evaluate(formula, (i) => values[i] as number)])[0] as number
      const isInfinite = (sum & 0x7fff) > largest ? 1 : 0
      all[isInfinite]!++
      if (run(models(columns, format), formula, format, arena).isSpecial === (isInfinite === 1)) right[isInfinite]!++
    }
    expect(Math.min(...all)).toBeGreaterThan(500)
    expect(right).toEqual(all)
  })

  // Every mantissa and sign of two numbers, so all of their ties; sizes of weights, the least normal numbers and subnormals, and what f32 has just room for.
  it.each([[0.5, 0.5], [1, 1], [1, -1], [0.75, 0.25], [0.3, 0.7], [0.4, 0.6], [0.1, 0.9], [1.6015625, -0.99609375]])("[F4, F5] by %d and %d are what f64 gives of every two mantissas", (...weights) => {
    const formula = weighted(weights)
    const sum = unlikeF64(formula, pairs(121, [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 24, 40]))
    expect(sum).toBe(undefined)
    for (const exponent of [0, 1, 2, 10, 47, 48, 49, 228, 229, 254]) expect(unlikeF64(formula, pairs(exponent, [0, 1]))).toBe(undefined)
  })

  it("[F4] by weights of few bits equal the exact rational rounded once, ties, subnormals and gaps of up to 40 bits among them", () => {
    const { below } = random("gaps")
    for (const weights of [[0.5, 0.5], [1, 1], [0.75, 0.25], [1, -1], [0.25, 0.25, 0.5]]) {
      expect(wayOf(weighted(weights), weights.length)).toBe("exact")
      let ties = 0
      for (const [exponent, most] of [[121, 40], [30, 3], [3, 5]] as const) {
        const columns = weights.map((_, i) => Uint16Array.from({ length: 12_000 }, (_, k) => {
          const at = 4 * (weights.length * k + i)
          return (below(at, 2) << 15) | (Math.max(0, exponent - (below(at + 3, 2) === 0 ? 1 : most) * below(at + 1, 2)) << 7) | below(at + 2, 128)
        }))
        const values = columns.map((bits) => decodeHalves("bf16", bits))
        const found = bitsOf(weighted(weights), columns)
        const wrong = found.findIndex((bits, k) => {
          const exact = exactBf16(...weights.map((weight, i) => [weight, values[i]![k]!] as const))
          return (bits === 0x8000 ? 0 : bits) !== (exact === 0x8000 ? 0 : exact)
        })
        ties += values[0]!.filter((_, k) => isMiddle(weights.reduce((sum, weight, i) => sum + weight * values[i]![k]!, 0))).length
        expect([weights, exponent, wrong]).toEqual([weights, exponent, -1])
      }
      expect(ties).toBeGreaterThan(2_000)
    }
  })

  it("[F4] by weights of few decimal digits equal the exact rational rounded once but where f64 cannot tell on which side of the middle it is", () => {
    const { below } = random("decimals")
    const columns = [0, 1].map((i) => Uint16Array.from({ length: 20_000 }, (_, k) => ((121 - below(2 * k + i, 3)) << 7) | below(2 * k + i + 40_000, 128)))
    const [a, b] = columns.map((bits) => decodeHalves("bf16", bits)) as [Float32Array, Float32Array]
    for (const [weights, isAlways] of [[[0.3, 0.7], false], [[0.4, 0.6], false], [[0.31372, 0.68628], true]] as const) {
      const differing = [...bitsOf(weighted(weights), columns)].flatMap((bits, k) => (bits === exactBf16([weights[0], a[k]!], [weights[1], b[k]!]) ? [] : [weights[0] * a[k]! + weights[1] * b[k]!]))
      expect(differing.every((sum) => isMiddle(Math.fround(sum)) && Math.abs(sum - Math.fround(sum)) <= 2 ** -51 * sum)).toBe(true)
      expect(differing.length === 0).toBe(isAlways)
    }
  })

  it("[F4, F5] are what f64 gives as near to the middle of two bf16 as f32 and f64 can tell, on both sides of it", () => {
    const { below, uniform } = random("beside")
    for (let turn = 0; turn < 400; turn++) {
      const [a, b] = [0, 1].map((i) => (128 + below(8 * turn + i, 128)) * 2 ** (below(8 * turn + 2 + i, 12) - 20)) as [number, number]
      const c = uniform(8 * turn + 4) * 2 - 1
      const middle = (257 + 2 * below(8 * turn + 5, 128)) * 2 ** (below(8 * turn + 6, 6) - 14)
      const d = (middle - c * a) / b
      const columns = [a, b].map((value) => new Uint16Array(stored("BF16", Float64Array.from({ length: 9 }, () => value)).slice().buffer))
      for (const beside of [0, 2 ** -53, 2 ** -50, 2 ** -30, 2 ** -25, 2 ** -24, 2 ** -23, 2 ** -22]) for (const by of [1 - beside, 1 + beside]) expect(unlikeF64(weighted([c, d * by]), columns)).toBe(undefined)
    }
  })

  it("[F4, F5] of many models are added in the formula's order: what cancels on the way is what cancels in f64", () => {
    // 1 is lost beside 2^60 in f64, beside 2^40 in f32 only.
    const rows = [2 ** 60, 2 ** 40].flatMap((large) => orders([large, -large, 1, 2 ** -10]).concat(orders([large, -large, 1, 0])))
    const columns = [0, 1, 2, 3].map((i) => new Uint16Array(stored("BF16", Float64Array.from(rows, (row) => row[i]!)).slice().buffer))
    const [a, b, c, d] = [0, 1, 2, 3].map(input) as [Element, Element, Element, Element]
    for (const formula of [add(add(a, b), add(c, d)), add(add(add(a, b), c), d), add(a, add(b, add(c, d))), add(div(add(a, add(b, c)), number(4)), d)]) {
      expect(wayOf(formula, 4)).toBe("exact")
      expect(unlikeF64(formula, columns)).toBe(undefined)
    }
  })

  it("[F4, F5] are what f64 gives where no element is safe, for all lengths of a run", () => {
    const steps = 8 * runSteps
    for (const length of [1, 7, 8, 9, steps - 1, steps, steps + 1, 3 * steps + 5]) {
      const columns = [3, 5].map((by) => Uint16Array.from({ length }, (_, k) => 1 + ((by * k) % 90)))
      expect(unlikeF64(weighted([0.3, 0.7]), columns)).toBe(undefined)
    }
  })

  it("[F5] are written where they belong, and nothing beside them, when few elements are not safe after others were not", () => {
    const own = makeArena()
    const long = 8 * runSteps
    own.reserve(4 * roomFor(long, 2))
    const [a, b, out] = [0, 1, 2].map(() => own.take(roomFor(long, 2))) as [number, number, number]
    const bits = (at: number, from: number, to: number): Uint16Array => new Uint16Array(own.buffer(), at + 2 * from, to - from)
    const spec = { inputs: ["BF16", "BF16"], formula: weighted([0.3, 0.7]), output: "BF16" } as const
    for (const at of [a, b]) bits(at, 0, long).fill(0x3f80).fill(1, long - 16)
    own.elements(spec, out, long, [a, b])
    // Then five of a step and six of the next: what is left of the list before lies beyond.
    const values = Array.from({ length: 16 }, (_, k) => (k < 5 || k > 9 ? 1 : 0x3f80))
    for (const at of [a, b]) bits(at, 0, 16).set(values)
    bits(out, 0, long).fill(0xabab)
    own.elements(spec, out, 16, [a, b])
    expect([...bits(out, 0, 16)]).toEqual(values)
    expect(bits(out, 16, long).every((one) => one === 0xabab)).toBe(true)
  })

  it("[F5] by weights of many bits are what f64 gives after the same formula was run by weights of few", () => {
    const own = makeArena()
    const columns = pairs(121, [0, 1])
    for (const weights of [[0.5, 0.5], [0.3, 0.7]]) {
      const values = columns.map((bits) => decodeHalves("bf16", bits))
      const found = new Uint16Array(made(models(columns), weighted(weights), "BF16", own).buffer)
      expect(found).toEqual(encodeHalves("bf16", Float64Array.from(found, (_, k) => weights[0]! * values[0]![k]! + weights[1]! * values[1]![k]!)))
    }
  })

  it("[F4, F5] of zeros have the sign that f64 gives", () => {
    const [left, right] = [Uint16Array.from({ length: 64 }, (_, k) => (k & 1) << 15), Uint16Array.from({ length: 64 }, (_, k) => (k & 2) << 14)]
    for (const weights of [[0.5, 0.5], [0.3, 0.7], [1, -1], [-0.3, -0.7]]) for (const divisor of [1, 3, 4, -2, -3]) expect(unlikeF64(weighted(weights, divisor), [left, right])).toBe(undefined)
  })

  it.each([[0.5, 0.5], [1, 1], [1, -1], [0.75, 0.25], [0.3, 0.7], [0.4, 0.6], [3, -0.015625], [1.6015625, -0.99609375]])("[F4, F5] of f16 by %d and %d are what f64 gives of any bits, in every pair of exponents", (...weights) => {
    const formula = weighted(weights)
    const { below } = random("f16")
    const any = [0, 1].map((i) => Uint16Array.from({ length: 100_000 }, (_, k) => below(2 * k + i, 2 ** 16)))
    expect(unlikeF64(formula, any, "F16")).toBe(undefined)
    expect(run(models(any, "F16"), formula, "F16").isSpecial).toBe(true)
    const finite = any.map((bits) => bits.map((one) => ((one & 0x7c00) === 0x7c00 ? 0x7bff : one)))
    const isLarge = [...decodeHalves("f16", bitsOf(formula, finite, "F16"))].some((sum) => !Number.isFinite(sum))
    expect(run(models(finite, "F16"), formula, "F16").isSpecial).toBe(isLarge)
    expect(isLarge).toBe(weights.reduce((sum, weight) => sum + Math.abs(weight), 0) > 1.001)
    // All exponents with themselves and their neighbours; half of the mantissas are short, so that many sums lie in the middle.
    const close = [0, 1].map((i) => Uint16Array.from({ length: 32 * 4 * 4096 }, (_, k) => {
      const [exponent, gap, at] = [k >> 14, (k >> 12) & 3, 3 * (2 * k + i)]
      const mantissa = below(at, 2) === 0 ? below(at + 1, 1024) : below(at + 1, 16) << 6
      return (below(at + 2, 2) << 15) | (Math.max(0, exponent - i * gap) << 10) | mantissa
    }))
    expect(unlikeF64(formula, close, "F16")).toBe(undefined)
  })

  it("[F4, F5] of f16 are what f64 gives as near to the middle of two f16 as f32 and f64 can tell, subnormals and the largest among them, and of zeros", () => {
    const { below, uniform } = random("beside f16")
    for (let turn = 0; turn < 300; turn++) {
      const [a, b] = [0, 1].map((i) => (1024 + below(8 * turn + i, 1024)) * 2 ** (below(8 * turn + 2 + i, 10) - 16)) as [number, number]
      const c = uniform(8 * turn + 4) * 2 - 1
      const middle = turn % 3 === 0 ? (1 + 2 * below(8 * turn + 5, 1024)) * 2 ** -25 : (2049 + 2 * below(8 * turn + 5, 1024)) * 2 ** (turn % 3 === 1 ? -12 : 4)
      const d = (middle - c * a) / b
      const columns = [a, b].map((value) => encodeHalves("f16", Array<number>(9).fill(value)))
      for (const beside of [0, 2 ** -53, 2 ** -50, 2 ** -30, 2 ** -25, 2 ** -23, 2 ** -22]) for (const by of [1 - beside, 1 + beside]) expect(unlikeF64(weighted([c, d * by]), columns, "F16")).toBe(undefined)
    }
    const zeros = [1, 2].map((bit) => Uint16Array.from({ length: 64 }, (_, k) => (k & bit) === 0 ? 0 : 0x8000))
    for (const weights of [[0.5, 0.5], [0.3, 0.7], [1, -1], [-0.3, -0.7]]) for (const divisor of [1, 3, 4, -2]) expect(unlikeF64(weighted(weights, divisor), zeros, "F16")).toBe(undefined)
    expect([wayOf(weighted([0.5, 0.5]), 2, "F16"), wayOf(weighted([0.3, 0.7]), 2, "F16")]).toEqual(["exact", "near"])
    expect(firstOf(["F16", "BF16"], weighted([0.5, 0.5]), "BF16")).toBe(undefined)
  })

  it("[F5] are exact in f32 by weights of few bits only, and not taken in f32 by weights it cannot hold", () => {
    const way = (...weights: readonly number[]): string | undefined => wayOf(weighted(weights), weights.length)
    expect([way(0.5, 0.5), way(1, 1), way(0.75, -0.25), way(255, 2 ** -16), way(0.3, 0.7), way(0.5, 0.3), way(129.5, 1), way(2 ** -17, 1), way(0.5)]).toEqual([...Array<string>(4).fill("exact"), ...Array<string>(5).fill("near")])
    expect([wayOf(weighted([1, 1], 4), 2), wayOf(weighted([0.3, 0.3], 0.6), 2), wayOf(weighted([1, 1], 3), 2), wayOf(weighted([1, 1], -2), 2)]).toEqual(["exact", "near", "near", undefined])
    expect([way(2 ** 8, 1), way(2 ** -31, 1), way(NaN, 1), way(0.5, Infinity), wayOf(input(0), 1), wayOf(add(input(0), number(1)), 1)]).toEqual(Array(6).fill(undefined))
  })
})

const orders = (values: readonly number[]): readonly (readonly number[])[] => (values.length === 0 ? [[]] : values.flatMap((one, i) => orders(values.filter((_, k) => k !== i)).map((rest) => [one, ...rest])))

const isMiddle = (x: number): boolean => Math.fround(x) === x && (new Uint32Array(Float32Array.of(x).buffer)[0]! & 0xffff) === 0x8000
