/**
 * One measurable claim: a figure made of what several methods measured, its 95 % interval over seeds and documents, and whether
 * that lies where the claim says. The figure is, with m_k the figure of method k (mean over groups),
 *
 *   sum_k numerator_k m_k / sum_k denominator_k m_k        (without a denominator: the numerator alone)
 *
 * so `{ a: 1, b: -1 }` is a difference; over `{ b: 1 }`, a relative one; over `{ c: 1, b: -1 }`, the share of the way from b to c. The name `chance`
 * stands for the figure of a guess.
 */
import * as t from "io-ts"
import { defineKind, flag, integer, many, must, NodeFailure, structured, text, verdictPort, words, type VerdictOutcome } from "#src"
import { figuresOf, meanOf, observations, ofGroups, type Observations } from "../port/observations.ts"
import { judge, together, type Bounds } from "./judge.ts"
import { pairedInterval, type Paired } from "./paired-interval.ts"
import { byMethod, scopeOf } from "./repeated.ts"

const Coefficients = t.readonly(t.record(t.string, t.number))
const expected = "numbers by method, as in { \"a\": 1, \"b\": -1 }"

const someBounds = (u: unknown): u is Bounds => Coefficients.is(u) && Object.keys(u).length > 0 && Object.keys(u).every((name) => name === "above" || name === "below")
const BoundsCodec = new t.Type<Bounds>("bounds", someBounds, (u, c) => (someBounds(u) ? t.success(u) : t.failure(u, c)), t.identity)

type Coefficients = t.TypeOf<typeof Coefficients>

export const effect = defineKind({
  id: "metric/effect",
  module: import.meta.url,
  title: "Claim about a figure",
  params: {
    claim: text({ doc: "What is claimed, in words" }),
    methods: words({ doc: "Names of the methods, in the order of the observations: all repetitions of the first, then of the second" }),
    numerator: structured(Coefficients, { doc: "What the figure is", expected }),
    denominator: structured(Coefficients, { default: {}, doc: "What it is divided by; nothing if empty", expected }),
    unit: text({ default: "", doc: "Of the figure" }),
    groups: words({ default: [], doc: "Languages or subjects that count; all if empty" }),
    bounds: structured(BoundsCodec, { doc: "Where the figure lies if the claim holds", expected: "above, below or both, as in { \"above\": 0 }" }),
    exact: flag({ default: false, doc: "Counted, not sampled: every repetition must lie within the bounds, and there is no interval" }),
    draws: integer({ min: 100, max: 1_000_000, default: 2000, doc: "Of the bootstrap over units" }),
  },
  inputs: { observations: many(observations) },
  outputs: { verdict: verdictPort },
  seeded: true,
  run: ({ observations: given }, { claim, methods, numerator, denominator, unit, groups, bounds, exact, draws }, { random }) => {
    const of = byMethod(given.map((each) => ofGroups(each, groups, "groups")), methods)
    const [first, repetitions] = [must(of[0]?.[0], "observations"), must(of[0], "method").length]
    /** The figure of method or guess `name`. */
    const measured = (name: string, repetition: number, times: Float64Array | undefined): number => {
      if (name === "chance") return chanceOf(first)
      const k = methods.indexOf(name)
      if (k < 0) throw new NodeFailure(`there is no method ${name}; the methods are ${methods.join(", ")}, and chance`, { param: "numerator" })
      return meanOf(figuresOf(must(of[k]?.[repetition], name), times))
    }
    const sum = (coefficients: Coefficients, repetition: number, times: Float64Array): number =>
      Object.entries(coefficients).reduce((total, [name, c]) => total + c * measured(name, repetition, times), 0)
    const whole = Object.keys(denominator).length === 0
    const figure = (repetition: number, times: Float64Array): number => sum(numerator, repetition, times) / (whole ? 1 : sum(denominator, repetition, times))
    const paired = pairedInterval({ repetitions, group: exact ? first.group.map((_, i) => i) : first.group, figure, draws, random })
    if (![paired.low, paired.high].every(Number.isFinite)) throw new NodeFailure(`the figure is no number in some repetition: ${paired.values.join(", ")}`)
    const shown = exact ? atItsEnds(paired) : paired
    const found = { name: claim, unit, ...shown, over: exact ? `every one of ${repetitions === 1 ? "one seed" : `${repetitions} seeds`}` : scopeOf(first, repetitions), above: bounds.above ?? null, below: bounds.below ?? null, outcome: outcomeOf(shown, bounds, exact) }
    return { verdict: { id: "", part: "", claim, outcome: found.outcome, effects: [found] } }
  },
})

/** What was counted lies between the least and the greatest count. */
const atItsEnds = (paired: Paired): Paired => ({ ...paired, low: Math.min(...paired.values), high: Math.max(...paired.values) })

/** One seed says nothing of others, so nothing is decided, but of what is counted. Of that, one count out of bounds is enough. */
const outcomeOf = (paired: Paired, bounds: Bounds, exact: boolean): VerdictOutcome => {
  if (exact) return together(paired.values.map((x) => judge({ low: x, high: x }, bounds)), "all")
  return paired.values.length < 2 ? "INCONCLUSIVE" : judge(paired, bounds)
}

const chanceOf = ({ chance, title }: Observations): number => {
  if (chance === null) throw new NodeFailure(`${title} has no chance level`, { param: "numerator" })
  return chance
}
