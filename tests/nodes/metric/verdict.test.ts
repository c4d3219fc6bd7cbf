import { describe, expect, it } from "vitest"
import type { Verdict, VerdictOutcome as Outcome } from "#src"
import { effect } from "../../../nodes/metric/effect.ts"
import { judge, together } from "../../../nodes/metric/judge.ts"
import { verdict } from "../../../nodes/metric/verdict.ts"
import type { Observations } from "../../../nodes/port/observations.ts"
import { resultOf, runContext } from "../dataset/run-context.ts"

const groups = ["en", "ru"]
/** Bits of four documents, two a language, 10 and 20 characters each. */
const documents = (bits: readonly number[]): Observations => ({
  title: "Bits", unit: "bits per character", better: "lower", chance: 0.25, each: "documents", groups,
  group: [0, 0, 1, 1], sum: bits, weight: [10, 20, 10, 20],
})

type Params = Parameters<typeof effect.run>[1]
const measure = async (given: readonly Observations[], params: Partial<Params>) => {
  const defaults: Params = { claim: "a below b", methods: ["a", "b"], numerator: { a: 1, b: -1 }, denominator: {}, unit: "", groups: [], bounds: { below: 0 }, exact: false, draws: 500 }
  const { verdict } = await resultOf(effect.run({ observations: given }, { ...defaults, ...params }, runContext()))
  return verdict.effects[0]!
}

// a: en 30/30 = 1, ru 60/30 = 2, mean 1.5. b: en 2, ru 4, mean 3.
const a = documents([10, 20, 20, 40])
const b = documents([20, 40, 40, 80])

describe("effect", () => {
  it("is the combination of the methods' means over languages that was asked for", async () => {
    const value = async (params: Partial<Params>, given = [a, b]) => (await measure(given, params)).value
    expect(await value({})).toBeCloseTo(-1.5, 12)
    expect(await value({ groups: ["ru"] })).toBeCloseTo(-2, 12)
    expect(await value({ denominator: { b: 1 } })).toBeCloseTo(-0.5, 12)
    expect(await value({ methods: ["a", "b", "c"], numerator: { b: 1, a: -1 }, denominator: { b: 1, c: -1 } }, [a, b, documents([0, 0, 0, 0])])).toBeCloseTo(0.5, 12)
    expect(await value({ numerator: { a: 1, chance: -1 } })).toBeCloseTo(1.25, 12)
  })

  it("is paired: what documents have in common does not widen the interval", async () => {
    const { low, high } = await measure([a, documents([11, 22, 21, 42])], {})
    expect(low).toBeCloseTo(-0.1, 12)
    expect(high).toBeCloseTo(-0.1, 12)
  })

  it("pairs repetitions in the order of the methods, and says what the interval is over", async () => {
    const shifted = (of: Observations, by: number): Observations => ({ ...of, sum: of.sum.map((x, i) => x + by * of.weight[i]!) })
    // Seeds differ by 5 bits, methods by 0.1: only pairs tell them apart.
    const given = [0, 5, 10].map((by) => shifted(a, by)).concat([0, 5, 10].map((by) => shifted(a, by + 0.1)))
    const found = await measure(given, {})
    expect(found.values).toEqual([-0.1, -0.1, -0.1].map((x) => expect.closeTo(x, 9)))
    expect([found.outcome, found.over]).toEqual(["PASS", "3 seeds and 4 documents"])
  })

  it("decides nothing by one seed, unless what is counted is exact", async () => {
    const one = await measure([a, b], {})
    expect([one.outcome, one.over]).toEqual(["INCONCLUSIVE", "4 documents, of one seed"])
    const exact = await measure([a, b], { exact: true })
    expect([exact.outcome, exact.over, exact.low, exact.high]).toEqual(["PASS", "every one of one seed", -1.5, -1.5])
    const counted = (n: number): Observations => ({ ...a, each: "runs", groups: ["run"], group: [0], sum: [n], weight: [1] })
    const violations = await measure([0, 0, 3].map(counted), { methods: ["a"], numerator: { a: 1 }, bounds: { below: 1 }, exact: true })
    expect([violations.low, violations.high, violations.outcome]).toEqual([0, 3, "FAIL"])
    expect((await measure([1, 2, 3].map(counted), { methods: ["a"], numerator: { a: 1 }, bounds: { above: 0 } })).over).toBe("3 seeds")
  })

  it("says what does not fit", async () => {
    await expect(async () => measure([a, b, a], {})).rejects.toThrow("3 observations cannot be 2 methods, each as often")
    await expect(async () => measure([a, b], { numerator: { c: 1 } })).rejects.toThrow("there is no method c; the methods are a, b, and chance")
    await expect(async () => measure([a, b], { groups: ["zh"] })).rejects.toThrow("there is no group zh; the groups are en, ru")
    await expect(async () => measure([a, { ...b, group: [0, 1, 1, 1] }], {})).rejects.toThrow("they must be the same")
    await expect(async () => measure([a, { ...b, group: [0, 0, 1], sum: [1, 1, 1], weight: [1, 1, 1] }], {})).rejects.toThrow("b, repetition 1, was measured on 3 documents of en, ru, the first on 4 documents of en, ru")
    await expect(async () => measure([{ ...a, chance: null }, b], { numerator: { chance: 1 } })).rejects.toThrow("Bits has no chance level")
    await expect(async () => measure([a, a], { denominator: { a: 1, b: -1 } })).rejects.toThrow("the figure is no number in some repetition: NaN")
  })
})

describe("verdict", () => {
  it("is PASS within the bounds, FAIL outside of them, else INCONCLUSIVE", () => {
    const table: readonly (readonly [number, number, Outcome])[] = [[0.1, 0.2, "PASS"], [-0.1, 0.2, "INCONCLUSIVE"], [-0.2, -0.1, "FAIL"], [0, 0, "FAIL"], [0.2, 1.2, "INCONCLUSIVE"], [1, 2, "FAIL"], [-1, 2, "INCONCLUSIVE"]]
    for (const [low, high, outcome] of table) expect(judge({ low, high }, { above: 0, below: 1 }), `${low} to ${high}`).toBe(outcome)
    expect(judge({ low: -5, high: 0.5 }, { below: 1 })).toBe("PASS")
  })

  it("of several claims needs all or any, and an open one leaves it open unless another decides", () => {
    const rows: readonly (readonly [readonly Outcome[], Outcome, Outcome])[] = [
      [["PASS", "PASS"], "PASS", "PASS"],
      [["PASS", "FAIL"], "FAIL", "PASS"],
      [["PASS", "INCONCLUSIVE"], "INCONCLUSIVE", "PASS"],
      [["FAIL", "INCONCLUSIVE"], "FAIL", "INCONCLUSIVE"],
      [["FAIL", "FAIL"], "FAIL", "FAIL"],
    ]
    for (const [given, all, any] of rows) expect([together(given, "all"), together(given, "any")], given.join()).toEqual([all, any])
  })

  it("consists of claims or of other verdicts, and keeps all that they rest on", async () => {
    const criterion = async (claims: readonly Verdict[], need: "all" | "any"): Promise<Verdict> =>
      (await resultOf(verdict.run({ claims }, { id: "19", part: "E", claim: "it emerges", need }, runContext()))).verdict
    const single = (outcome: Outcome): Verdict => ({ id: "", part: "", claim: outcome, outcome, effects: [{ name: outcome, unit: "", value: 1, low: 0, high: 2, values: [1], over: "", above: 0, below: null, outcome }] })
    const some = await criterion([single("FAIL"), single("PASS")], "any")
    expect(some).toMatchObject({ id: "19", part: "E", claim: "it emerges", outcome: "PASS" })
    const whole = await criterion([some, single("INCONCLUSIVE")], "all")
    expect([whole.outcome, whole.effects.map(({ name }) => name)]).toEqual(["INCONCLUSIVE", ["FAIL", "PASS", "INCONCLUSIVE"]])
  })
})
