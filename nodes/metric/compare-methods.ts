/**
 * Methods compared over repetitions (seeds): for each the mean of a figure with its 95 % confidence interval, and for each claim, written
 * down before the first run, whether it held. A claim says that one method has the higher figure (or the lower); it is judged by the
 * differences in the same repetition (`judge.ts`): PASS when their interval lies on the claimed side, FAIL when no part of it does, else
 * INCONCLUSIVE.
 */
import * as t from "io-ts"
import { defineKind, flag, many, metricPort, NodeFailure, structured, tablePort, text, words } from "#src"
import { interval, type Interval } from "./interval.ts"
import { judge } from "./judge.ts"

const Claims = t.readonlyArray(t.readonly(t.type({ better: t.string, worse: t.string })))

export const compareMethods = defineKind({
  id: "metric/compare-methods",
  module: import.meta.url,
  title: "Methods over repetitions",
  params: {
    methods: words({ doc: "Names of the methods, in the order of the metrics: all repetitions of the first, then of the second" }),
    figure: text({ default: "accuracy", doc: "Which value of the metrics is compared" }),
    claims: structured(Claims, { default: [], doc: "What is expected: which method is better than which", expected: "a list of { better, worse }, names of methods" }),
    lower: flag({ default: false, doc: "Lower is better" }),
    title: text({ default: "Methods", doc: "Above the table" }),
  },
  inputs: { metrics: many(metricPort) },
  outputs: { table: tablePort, claims: tablePort, metric: metricPort },
  cores: 0,
  run: ({ metrics }, { methods, figure, claims, lower, title }) => {
    const repetitions = metrics.length / methods.length
    if (!Number.isInteger(repetitions)) throw new NodeFailure(`${metrics.length} metrics cannot be ${methods.length} methods, each as often`, { param: "methods" })
    const values = new Map(
      methods.map((name, i) => {
        const own = metrics.slice(i * repetitions, (i + 1) * repetitions).map((metric) => metric.values[figure])
        if (own.includes(undefined)) throw new NodeFailure(`a metric of ${name} has no value ${figure}`, { param: "figure" })
        return [name, own as readonly number[]]
      }),
    )
    const of = (name: string): readonly number[] => {
      const own = values.get(name)
      if (own === undefined) throw new NodeFailure(`a claim names ${name}; the methods are ${methods.join(", ")}`, { param: "claims" })
      return own
    }
    const judged = claims.map(({ better, worse }) => {
      const [a, b] = [of(better), of(worse)]
      const difference = interval(a.map((x, i) => (lower ? -1 : 1) * (x - (b[i] as number))))
      return { better, worse, difference, verdict: judge({ low: difference.mean - difference.half, high: difference.mean + difference.half }, { above: 0 }) }
    })
    const shown = ({ mean, half }: Interval): readonly (number | string)[] => [round(mean), Number.isFinite(half) ? round(half) : "unknown"]
    return {
      table: { title, columns: ["method", figure, "95 % interval, +-", "repetitions"], rows: methods.map((name) => [name, ...shown(interval(of(name))), repetitions]) },
      claims: {
        title: `${title}: what was expected`,
        columns: ["better", "than", `by, ${figure}`, "95 % interval, +-", "verdict"],
        rows: judged.map(({ better, worse, difference, verdict }) => [better, worse, ...shown(difference), verdict]),
      },
      metric: { title, unit: figure, better: lower ? ("lower" as const) : ("higher" as const), values: Object.fromEntries(methods.map((name) => [name, interval(of(name)).mean])) },
    }
  },
})

const round = (x: number): number => Number(x.toPrecision(4))
