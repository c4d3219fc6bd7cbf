import { describe, expect, it } from "vitest"
import type { RunContext } from "#src"
import { compareMethods } from "../../../nodes/metric/compare-methods.ts"
import { interval } from "../../../nodes/metric/interval.ts"

const metric = (value: number) => ({ title: "m", unit: "u", better: "higher" as const, values: { accuracy: value } })

describe("interval", () => {
  it("is Student's: 1, 2, 3 is 2 +- 4.303 / sqrt 3", () => {
    expect(interval([1, 2, 3])).toEqual({ mean: 2, half: expect.closeTo(4.303 / Math.sqrt(3), 6) as number })
    expect(interval([5])).toEqual({ mean: 5, half: Infinity })
  })
})

describe("compareMethods", () => {
  const run = (figures: readonly number[], claims: readonly { better: string; worse: string }[], lower = false) => {
    const out = compareMethods.run({ metrics: figures.map(metric) }, { methods: ["a", "b"], figure: "accuracy", claims, lower, title: "t" }, {} as RunContext)
    return out as Extract<typeof out, { claims: unknown }>
  }
  it("judges claims by paired differences", () => {
    const verdict = (figures: readonly number[], lower = false) => run(figures, [{ better: "a", worse: "b" }], lower).claims.rows[0]?.at(-1)
    // Repetitions differ far more than methods do; the difference in each is what counts.
    expect(verdict([1, 5, 9, 0.9, 4.9, 8.9])).toBe("PASS")
    expect(verdict([0.9, 4.9, 8.9, 1, 5, 9])).toBe("FAIL")
    expect(verdict([0.9, 4.9, 8.9, 1, 5, 9], true)).toBe("PASS")
    expect(verdict([1, 5, 9, 1.1, 4.9, 9])).toBe("INCONCLUSIVE")
    expect(verdict([1, 0.5])).toBe("INCONCLUSIVE")
    // Never any difference: what was claimed is not so.
    expect(verdict([1, 5, 9, 1, 5, 9])).toBe("FAIL")
  })
  it("says what is wrong with what it is given", () => {
    expect(() => run([1, 2, 3], [])).toThrow("3 metrics cannot be 2 methods, each as often")
    expect(() => run([1, 2], [{ better: "c", worse: "a" }])).toThrow("a claim names c; the methods are a, b")
  })
})
