import { describe, expect, it } from "vitest"
import { random } from "#src"
import { interval } from "../../../nodes/metric/interval.ts"
import { pairedInterval, quantile } from "../../../nodes/metric/paired-interval.ts"

/** Mean over documents of `values[repetition][document]`. */
const ask = (values: readonly (readonly number[])[], draws = 2000, seed = "interval") =>
  pairedInterval({
    repetitions: values.length,
    group: (values[0] ?? []).map(() => 0),
    figure: (r, times) => times.reduce((sum, n, d) => sum + n * (values[r]?.[d] as number), 0) / times.reduce((sum, n) => sum + n, 0),
    draws,
    random: random(seed),
  })

describe("paired interval", () => {
  it("is Student's t when only seeds differ", () => {
    const { value, low, high, values } = ask([1, 2, 3].map((x) => [x, x, x, x]))
    const { half } = interval([1, 2, 3])
    expect(values).toEqual([1, 2, 3])
    expect([value, low, high]).toEqual([2, expect.closeTo(2 - half, 9), expect.closeTo(2 + half, 9)])
  })

  it("is the bootstrap of the mean when only documents differ: 1.96 sd / sqrt n", () => {
    const of = Array.from({ length: 400 }, (_, d) => (d % 2 === 0 ? 1 : -1))
    const { value, low, high } = ask([of, of, of], 4000)
    expect(value).toBe(0)
    for (const side of [-low, high]) expect(side).toBeCloseTo(1.96 / Math.sqrt(400), 2)
    expect(ask([of]).low, "one seed is documents only").toBeCloseTo(low, 2)
  })

  it("adds both in quadrature", () => {
    const of = Array.from({ length: 400 }, (_, d) => (d % 2 === 0 ? 1 : -1))
    const { half } = interval([0.1, 0.2, 0.3])
    const { high } = ask([0.1, 0.2, 0.3].map((x) => of.map((y) => x + y)), 4000)
    expect(high - 0.2).toBeCloseTo(Math.hypot(half, 1.96 / Math.sqrt(400)), 2)
  })

  it("draws within groups, and has no width where there is nothing to draw", () => {
    const of = [1, 1, 1, 9]
    const grouped = pairedInterval({
      repetitions: 1, group: [0, 0, 0, 1], draws: 500, random: random("groups"),
      // A group without a unit would make this infinite.
      figure: (_, times) => (of[0]! * times[0]! + times[1]! + times[2]!) / (times[0]! + times[1]! + times[2]!) + (9 * times[3]!) / times[3]!,
    })
    expect(grouped).toEqual({ value: 10, low: 10, high: 10, values: [10] })
  })

  it("is the same for the same seed, and not for another", () => {
    const of = [Array.from({ length: 20 }, (_, d) => Math.sin(d))]
    expect(ask(of)).toEqual(ask(of))
    expect(ask(of, 2000, "another").low).not.toBe(ask(of).low)
  })

  it("holds the truth in 95 % of studies of 3 seeds and 30 documents, where a bootstrap over seeds does not", () => {
    const [studies, seeds, documents] = [400, 3, 30]
    let [ours, plain] = [0, 0]
    for (let s = 0; s < studies; s++) {
      const noise = random(`study/${s}`).normals(seeds * documents + seeds + documents)
      const values = Array.from({ length: seeds }, (_, r) =>
        Array.from({ length: documents }, (_, d) => (noise[r] as number) + 2 * (noise[seeds + d] as number) + (noise[seeds + documents + r * documents + d] as number)),
      )
      const { low, high } = ask(values, 200, `draws/${s}`)
      if (low < 0 && high > 0) ours++
      const stream = random(`plain/${s}`)
      const means = Float64Array.from({ length: 200 }, (_, draw) => {
        const rows = Array.from({ length: seeds }, (_, k) => values[stream.below(draw * 100 + k, seeds)]!)
        const columns = Array.from({ length: documents }, (_, k) => stream.below(draw * 100 + seeds + k, documents))
        return rows.reduce((sum, row) => sum + columns.reduce((part, d) => part + row[d]!, 0), 0) / (seeds * documents)
      }).sort()
      if (quantile(means, 0.025) < 0 && quantile(means, 0.975) > 0) plain++
    }
    expect(ours / studies).toBeGreaterThan(0.93)
    expect(plain / studies).toBeLessThan(0.9)
  })
})
