/** Nodes that choose by what comes at test time, without labels: T3 (`test-time/t3.ts`), and the temperature of a head that BANG's control needs. */
import { choice, defineExpansion, defineKind, integer, lazy, logSoftmax, many, metricPort, must, ndarray, one, real, tablePort, tensorsPort, type NdArray, type PortValue } from "#src"
import * as t from "io-ts"
import { countOf, examples, labelsOf, pick, requireLearnable, type Examples } from "../port/examples.ts"
import { biasName, layersOf, network, weightName, type Network } from "../port/network.ts"
import { networkAnswers } from "../port/network-answers.ts"
import { score, type Scored } from "../port/network-score.ts"
import { wiseFt } from "./data-free/interpolation.ts"
import { requireSameWidths } from "./joint-grams.ts"
import { merged } from "./merge-kind.ts"
import { fittedTemperature } from "./test-time/temperature.ts"
import { jensenShannon, t3Bin, t3Coefficient, t3Range, type T3 } from "./test-time/t3.ts"

const reference = "https://arxiv.org/abs/2510.27265"

/** `logp` f32 [n, classes]. */
const answers = tensorsPort("log-probabilities", t.readonly(t.type({})))
type Answers = PortValue<typeof answers>

export const answersOf = defineKind({
  id: "merger/t3-answers",
  module: import.meta.url,
  title: "What a network says of every example",
  reference,
  params: {},
  inputs: { network: one(network), examples: one(examples) },
  outputs: { answers },
  onDevice: true,
  run: async ({ network: of, examples: data }, _, context) => ({ answers: { meta: {}, tensors: { logp: await networkAnswers(of, data, context, logSoftmax) } } }),
})

const params = {
  rule: choice(["published", "normalised"], { default: "published", doc: "As published, where coefficients lie in 9 % of the range; or divergence / ln 2, in all of it" }),
  low: real({ min: 0, max: 1, default: 0, doc: "Share of the fine-tuned model where both agree, were the range used" }),
  high: real({ min: 0, max: 1, default: 1, doc: "Share of the fine-tuned model where they differ most" }),
  gamma: real({ min: 0, max: 1000, default: 0.5, doc: "How fast the share grows, as published" }),
  per: choice(["example", "batch"], { default: "example", doc: "A coefficient for each example, or the mean one for each batch" }),
  batch: integer({ min: 1, max: 10_000, default: 64, doc: "Examples of a batch" }),
  bins: integer({ min: 1, max: 1000, default: 32, doc: "Merged models in all, for coefficients of single examples" }),
}

/** The merges and their scores, by what both networks said. */
export const mergeByAnswers = defineKind({
  id: "merger/t3-merges",
  module: import.meta.url,
  title: "T3: coefficients and merges",
  reference,
  params,
  inputs: { base: one(network), tuned: one(network), examples: many(examples), before: many(answers), after: many(answers) },
  outputs: { metric: metricPort, coefficients: tablePort },
  onDevice: true,
  run: async ({ base, tuned, examples: sets, before, after }, { per, batch, bins, ...rule }, context) => {
    requireSameWidths([base, tuned])
    const [least, most] = t3Range(rule)
    const rows: (string | number)[][] = []
    const means: Scored[] = []
    for (const [set, data] of sets.entries()) {
      const coefficients = t3Coefficients(rule, logpOf(before[set]), logpOf(after[set]), countOf(data))
      const scored: (Scored & { readonly count: number })[] = []
      for (const { centre, places } of per === "example" ? byBin(rule, coefficients, bins) : byBatch(coefficients, batch)) {
        const model = merged(wiseFt, { models: [tuned], base }, { alpha: centre }, context)
        const one = await score(model, some(data, places), context)
        scored.push({ ...one, count: places.length })
        rows.push([set + 1, Number(centre.toFixed(4)), places.length, Number(one.accuracy.toFixed(4))])
      }
      const mean = (figure: keyof Scored): number => scored.reduce((sum, of) => sum + of[figure] * of.count, 0) / coefficients.length
      means.push({ accuracy: mean("accuracy"), loss: mean("loss") })
    }
    const overSets = (figure: keyof Scored): number => means.reduce((sum, of) => sum + of[figure], 0) / means.length
    return {
      metric: { title: "Accuracy", unit: "share of examples", better: "higher" as const, values: { accuracy: overSets("accuracy"), loss: overSets("loss") } },
      coefficients: { title: `Shares of the fine-tuned model; the rule can give ${least.toFixed(3)} to ${most.toFixed(3)}`, columns: ["examples", "share", "count", "accuracy"], rows },
    }
  },
})

/** Nodes for what each network says of the examples, and one that merges by it: a rule or gamma that moves asks neither network again. */
export const testTimeMerge = defineExpansion({
  id: "merger/t3",
  module: import.meta.url,
  title: "T3: a merge for each test example",
  reference,
  params,
  inputs: { base: lazy(one(network)), tuned: lazy(one(network)), examples: lazy(many(examples)) },
  outputs: { metric: metricPort, coefficients: tablePort },
  expand: (g, params, _, { base, tuned, examples: sets }) => {
    const said = (name: string, of: typeof base) => sets.map((set, i) => g.add(`${name}/${i}`, answersOf, {}, { network: of, examples: set }).answers)
    return g.add("merges", mergeByAnswers, params, { base, tuned, examples: [...sets], before: said("base", base), after: said("tuned", tuned) })
  },
})

const logpOf = (of: Answers | undefined): Float32Array => must(of?.tensors["logp"], "answers").data as Float32Array

const t3Coefficients = (rule: T3, p: Float32Array, q: Float32Array, count: number): readonly number[] => {
  const classes = p.length / count
  const row = (of: Float32Array, i: number): Float32Array => of.subarray(i * classes, (i + 1) * classes)
  return Array.from({ length: count }, (_, i) => t3Coefficient(rule, jensenShannon(row(p, i), row(q, i))))
}

interface Group {
  readonly centre: number
  readonly places: readonly number[]
}

const byBin = (rule: T3, coefficients: readonly number[], bins: number): readonly Group[] => {
  const groups = new Map<number, { centre: number; places: number[] }>()
  coefficients.forEach((coefficient, place) => {
    const { bin, centre } = t3Bin(rule, coefficient, bins)
    const group = groups.get(bin)
    if (group === undefined) groups.set(bin, { centre, places: [place] })
    else group.places.push(place)
  })
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group)
}

const byBatch = (coefficients: readonly number[], batch: number): readonly Group[] =>
  Array.from({ length: Math.ceil(coefficients.length / batch) }, (_, i) => {
    const of = coefficients.slice(i * batch, (i + 1) * batch)
    return { centre: of.reduce((sum, x) => sum + x, 0) / of.length, places: of.map((_, k) => i * batch + k) }
  })

const some = (data: Examples, places: readonly number[]): Examples => ({ meta: data.meta, tensors: pick(data, places) })

export const temperHead = defineKind({
  id: "merger/temper-head",
  module: import.meta.url,
  title: "Last layer divided by a fitted temperature",
  reference: "https://arxiv.org/abs/1706.04599",
  params: {},
  inputs: { network: one(network), examples: one(examples) },
  outputs: { network, temperature: tablePort },
  onDevice: true,
  run: async ({ network: of, examples: data }, {}, context) => {
    requireLearnable(data, "fit a temperature to")
    const temperature = fittedTemperature((await networkAnswers(of, data, context, logSoftmax)).data, labelsOf(data))
    const last = layersOf(of.meta.widths) - 1
    return { network: scaledHead(of, [weightName(last), biasName(last)], 1 / temperature), temperature: { title: "Temperature", columns: ["temperature"], rows: [[Number(temperature.toPrecision(5))]] } }
  },
})

const scaledHead = ({ meta, tensors }: Network, names: readonly string[], by: number): Network => ({
  meta,
  tensors: { ...tensors, ...Object.fromEntries(names.map((name) => [name, scaled(must(tensors[name], name), by)])) },
})
const scaled = ({ shape, data }: NdArray, by: number): NdArray => ndarray("f32", shape, Float32Array.from(data as Float32Array, (x) => x * by))
