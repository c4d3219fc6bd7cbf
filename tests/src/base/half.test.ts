/** The 16-bit float formats: every one of their 65,536 patterns, and every boundary between two of their numbers. */
import { describe, expect, it } from "vitest"
import { decodeHalves, encodeHalves, type Half } from "../../../src/base/half.ts"
import { ndarray, numbersOf, scalar } from "../../../src/base/ndarray.ts"

const all = Uint16Array.from({ length: 65536 }, (_, i) => i)

/** The number that a pattern stands for, as IEEE 754 defines it for this many bits of exponent and mantissa. */
const meaning = (bits: number, exponentBits: number, mantissaBits: number): number => {
  const sign = bits >> 15 === 1 ? -1 : 1
  const exponent = (bits >> mantissaBits) & (2 ** exponentBits - 1)
  const fraction = (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits
  const bias = 2 ** (exponentBits - 1) - 1
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias))
}

/** The f32 next to a positive one. */
const beside = (value: number, by: 1 | -1): number => {
  const word = new Uint32Array(Float32Array.of(value).buffer)
  word[0]! += by
  return new Float32Array(word.buffer)[0]!
}

describe.each([["f16", 5, 10, 0x7c00] as const, ["bf16", 8, 7, 0x7f80] as const])("%s", (format: Half, exponentBits, mantissaBits, infinity) => {
  it("stands for the numbers that IEEE 754 says, pattern by pattern", () => {
    const numbers = decodeHalves(format, all)
    expect(all.filter((bits) => !Object.is(numbers[bits], meaning(bits, exponentBits, mantissaBits)))).toEqual(new Uint16Array(0))
  })

  it("gives every pattern back, and a NaN as a NaN", () => {
    const back = encodeHalves(format, decodeHalves(format, all))
    const changed = [...all].filter((bits) => back[bits] !== bits)
    expect(changed.every((bits) => Number.isNaN(meaning(bits, exponentBits, mantissaBits)))).toBe(true)
    expect(decodeHalves(format, back)).toEqual(decodeHalves(format, all))
  })

  it("rounds to the nearest, and from the middle between two to the even one, up to infinity", () => {
    // The pattern after the largest number is that of infinity, and the middle before it is where overflow begins.
    const below = [...Array(infinity).keys()]
    const next = (bits: number) => (bits + 1 === infinity ? 2 * meaning(bits, exponentBits, mantissaBits) - meaning(bits - 1, exponentBits, mantissaBits) : meaning(bits + 1, exponentBits, mantissaBits))
    const middles = below.map((bits) => (meaning(bits, exponentBits, mantissaBits) + next(bits)) / 2)
    expect(middles.every((middle) => Math.fround(middle) === middle)).toBe(true)
    const rounded = (values: readonly number[]) => [...encodeHalves(format, values)]
    expect(rounded(middles)).toEqual(below.map((bits) => bits + (bits % 2)))
    expect(rounded(middles.map((middle) => beside(middle, -1)))).toEqual(below)
    expect(rounded(middles.map((middle) => beside(middle, 1)))).toEqual(below.map((bits) => bits + 1))
    expect(rounded(middles.map((middle) => -middle))).toEqual(below.map((bits) => 0x8000 + bits + (bits % 2)))
  })

  it("rounds f64 once: the least that is beside a middle decides", () => {
    const below = [...Array(infinity).keys()].filter((bits) => bits % 97 === 0 || bits > infinity - 3)
    const middles = below.map((bits) => meaning(bits, exponentBits, mantissaBits) + (meaning(bits + 1, exponentBits, mantissaBits) - meaning(bits, exponentBits, mantissaBits)) / 2).filter(Number.isFinite)
    const beyond = (by: number) => middles.map((middle) => middle * (1 + by * 2 ** -45))
    expect(beyond(1).some((x) => Math.fround(x) !== x)).toBe(true)
    expect([...encodeHalves(format, beyond(-1))]).toEqual(below.slice(0, middles.length))
    expect([...encodeHalves(format, beyond(1))]).toEqual(below.slice(0, middles.length).map((bits) => bits + 1))
  })

  it("takes f32 far outside its range to zero and infinity, signs kept", () => {
    const tiny = 2 ** -149
    expect([...encodeHalves(format, [tiny, -tiny, 3.4e38, -3.4e38, Infinity, -Infinity])]).toEqual([0, 0x8000, infinity, 0x8000 + infinity, infinity, 0x8000 + infinity])
  })
})

describe("arrays of 16-bit floats", () => {
  it("are made from numbers and read as numbers", () => {
    expect(scalar("f16", 1 / 3)).toEqual(ndarray("f16", [], Uint16Array.of(0x3555)))
    expect(scalar("bf16", -2).data).toEqual(Uint16Array.of(0xc000))
    expect([...numbersOf(ndarray("f16", [2], Uint16Array.of(0x3555, 0x7c00)))]).toEqual([0.333251953125, Infinity])
    const plain = ndarray("i32", [1], Int32Array.of(7))
    expect(numbersOf(plain)).toBe(plain.data)
  })
})
