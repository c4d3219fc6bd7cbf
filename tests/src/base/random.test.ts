/** Philox4x32-10 against Random123's known answers (tests/kat_vectors), and the streams made of it. */
import { describe, expect, it } from "vitest"
import { philox, random } from "../../../src/base/random.ts"

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, "0")).join(" ")
const sum = (xs: readonly number[]) => xs.reduce((total, x) => total + x, 0)

describe("philox", () => {
  it.each([
    { counter: [0, 0, 0, 0], key: [0, 0], answer: "6627e8d5 e169c58d bc57ac4c 9b00dbd8" },
    { counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], key: [0xffffffff, 0xffffffff], answer: "408f276d 41c83b0e a20bc7c6 6d5451fd" },
    { counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], key: [0xa4093822, 0x299f31d0], answer: "d16cfe09 94fdcceb 5001e420 24126ea1" },
  ] as const)("gives the published answer $answer", ({ counter, key, answer }) => {
    expect(hex(philox(counter, key))).toBe(answer)
  })
})

describe("random", () => {
  const n = 20_000
  const stream = random("seed")

  it("gives the same numbers for the same seed in any order, others for another seed or fork", () => {
    const forwards = [0, 1, 2].map(stream.uniform)
    const backwards = [2, 1, 0].map(random("seed").uniform).reverse()
    expect(forwards).toEqual(backwards)
    expect(stream.fork("a").uniform(0)).toBe(random("seed/a").uniform(0))
    expect(new Set([stream, random("other"), stream.fork("a"), stream.fork("b")].map((r) => r.uniform(0))).size).toBe(4)
  })

  it("does not repeat beyond 2^32 counters", () => {
    expect(hex(stream.words(2 ** 32))).not.toBe(hex(stream.words(0)))
    expect(hex(stream.words(2 ** 52 + 1))).not.toBe(hex(stream.words(1)))
  })

  it("is uniform on [0, 1): mean and variance within five standard errors", () => {
    const xs = Array.from({ length: n }, (_, i) => stream.uniform(i))
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...xs)).toBeLessThan(1)
    expect(Math.abs(sum(xs) / n - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(sum(xs.map((x) => (x - 0.5) ** 2)) / n - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n))
  })

  it("draws integers below n, every one of them about equally often", () => {
    const counts = new Array<number>(7).fill(0)
    for (let i = 0; i < n; i++) counts[stream.below(i, 7)] = (counts[stream.below(i, 7)] ?? 0) + 1
    const expected = n / 7
    const chiSquared = sum(counts.map((count) => (count - expected) ** 2 / expected))
    expect(counts).toHaveLength(7)
    // 0.9999 quantile of chi-squared with 6 degrees of freedom.
    expect(chiSquared).toBeLessThan(27.86)
  })

  it("draws standard normals: moments within five standard errors, a prefix does not depend on the length", () => {
    const xs = [...stream.normals(n)]
    expect(Math.abs(sum(xs) / n)).toBeLessThan(5 / Math.sqrt(n))
    expect(Math.abs(sum(xs.map((x) => x * x)) / n - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
    expect(Math.abs(sum(xs.map((x) => x ** 4)) / n - 3)).toBeLessThan(5 * Math.sqrt(96 / n))
    expect([...stream.normals(5)]).toEqual(xs.slice(0, 5))
  })
})
