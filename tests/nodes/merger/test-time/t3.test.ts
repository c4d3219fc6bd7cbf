import { describe, expect, it } from "vitest"
import { wiseFt } from "../../../../nodes/merger/data-free/interpolation.ts"
import { fittedTemperature } from "../../../../nodes/merger/test-time/temperature.ts"
import { jensenShannon, t3Bin, t3Coefficient, t3Range } from "../../../../nodes/merger/test-time/t3.ts"
import { merge } from "../merging.ts"

const published = { rule: "published", low: 0, high: 1, gamma: 0.5 } as const
const normalised = { ...published, rule: "normalised" } as const
const logs = (...p: readonly number[]): number[] => p.map(Math.log)

describe("T3", () => {
  it("finding 8: as published uses 8.6 % of the range at gamma 0.5; normalised all of it", () => {
    expect(jensenShannon(logs(0.5, 0.5), logs(1, 0))).toBeCloseTo(0.215762, 6)
    expect(t3Coefficient(published, jensenShannon(logs(0.5, 0.5), logs(1, 0)))).toBeCloseTo(0.526944, 6)
    expect(t3Coefficient(published, jensenShannon(logs(0.3, 0.7), logs(0.3, 0.7)))).toBe(0.5)
    expect(jensenShannon(logs(1, 0), logs(0, 1))).toBeCloseTo(Math.LN2, 12)
    expect(t3Range(published)).toEqual([0.5, expect.closeTo(2 - Math.SQRT2, 12)])
    expect(t3Range(normalised)).toEqual([0, 1])
    expect(t3Coefficient({ ...published, low: 0.2, high: 0.6 }, 0)).toBeCloseTo(0.4, 12)
  })

  it("quantises coefficients to bins of the range there is", () => {
    const [least, most] = t3Range(published)
    expect(t3Bin(published, least, 4)).toEqual({ bin: 0, centre: expect.closeTo(least + (most - least) / 8, 12) })
    expect(t3Bin(published, most, 4).bin).toBe(3)
    expect(t3Bin({ ...published, gamma: 0 }, 0.5, 4)).toEqual({ bin: 0, centre: 0.5 })
  })
})

describe("the temperature of logits", () => {
  it("makes good for a factor: sure of itself three times too much, it is 3", () => {
    // Logits (z, 0) with labels drawn at the true chance: of 100 examples, round(100 p) are the first class.
    const [logits, labels]: [number[], number[]] = [[], []]
    for (const z of [-2, -1, -0.5, 0.5, 1, 2]) {
      const first = Math.round(1000 / (1 + Math.exp(-z)))
      for (let i = 0; i < 1000; i++) (logits.push(3 * z, 0), labels.push(i < first ? 0 : 1))
    }
    expect(fittedTemperature(Float32Array.from(logits), Int32Array.from(labels))).toBeCloseTo(3, 2)
  })

  it("finding 2.3: an over-confident head moves the place where a straight line changes sign from 1/2 to 1/4, as the closed form says", () => {
    // (1 - a) u + a k v = 0 at a = u / (u - k v).
    const flip = (k: number): number =>
      Array.from({ length: 101 }, (_, i) => i / 100).find((alpha) => merge(wiseFt, [[-k]], { base: [1], params: { alpha } })[0]! <= 1e-7) as number
    expect([flip(1), flip(3)]).toEqual([0.5, 0.25])
  })
})
