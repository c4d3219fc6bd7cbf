import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { draw } from "../../../nodes/model/draw.ts"

const logits = Float32Array.from([0.5, 0.1, 0.3, 0.1], Math.log)
const almostOne = 1 - 2 ** -53

/** Share of each index over evenly spaced u. */
const shares = (given: Float32Array, how: { readonly temperature: number; readonly top: number }): readonly number[] => {
  const draws = 2000
  const counts = Array.from(given, () => 0)
  for (let i = 0; i < draws; i++) {
    const index = draw(given, { ...how, u: (i + 0.5) / draws })
    counts[index] = (counts[index] ?? 0) + 1
  }
  return counts.map((n) => n / draws)
}
const close = (xs: readonly number[]) => xs.map((x) => expect.closeTo(x, 3))

describe("draw", () => {
  it("draws from the softmax", () => {
    expect(shares(logits, { temperature: 1, top: 0 })).toEqual(close([0.5, 0.1, 0.3, 0.1]))
  })

  it("sharpens below temperature 1 and flattens above", () => {
    const squares = [0.25, 0.01, 0.09, 0.01]
    expect(shares(logits, { temperature: 0.5, top: 0 })).toEqual(close(squares.map((x) => x / 0.36)))
    expect(shares(logits, { temperature: 1e6, top: 0 })).toEqual(close([0.25, 0.25, 0.25, 0.25]))
  })

  it("restricts itself to the largest, equals at the edge included", () => {
    expect(shares(logits, { temperature: 1, top: 2 })).toEqual(close([0.625, 0, 0.375, 0]))
    expect(shares(logits, { temperature: 1, top: 3 })).toEqual(close([0.5, 0.1, 0.3, 0.1]))
    expect(shares(logits, { temperature: 1, top: 100 })).toEqual(close([0.5, 0.1, 0.3, 0.1]))
    expect(shares(Float32Array.of(2, 1, 2), { temperature: 1, top: 1 })).toEqual(close([0.5, 0, 0.5]))
  })

  it("takes the likeliest at temperature 0 or of one alone, whatever u; the first of equals", () => {
    for (const u of [0, 0.3, almostOne]) {
      expect(draw(logits, { temperature: 0, top: 0, u })).toBe(0)
      expect(draw(Float32Array.of(-3, 7, 1), { temperature: 1, top: 1, u })).toBe(1)
      expect(draw(Float32Array.of(1, 4, 4, 2), { temperature: 0, top: 0, u })).toBe(1)
    }
  })

  it("reaches the first and the last possible index at the ends of u, and no impossible one", () => {
    const given = Float32Array.of(-Infinity, 0, 0, -Infinity)
    expect(draw(given, { temperature: 1, top: 0, u: 0 })).toBe(1)
    expect(draw(given, { temperature: 1, top: 0, u: almostOne })).toBe(2)
  })

  it("never leaves the `top` largest, for any logits, temperature and u", () => {
    const values = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 40 })
    const anyU = fc.oneof(fc.double({ min: 0, max: almostOne, noNaN: true }), fc.constant(almostOne))
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 45 }), fc.double({ min: 0, max: 10, noNaN: true }), anyU, (xs, top, temperature, u) => {
        const given = Float32Array.from(xs)
        const index = draw(given, { temperature, top, u })
        expect(given[index]).toBeDefined()
        if (top > 0) expect(given.filter((x) => x > (given[index] as number)).length).toBeLessThan(top)
      }),
    )
  })
})
