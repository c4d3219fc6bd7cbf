/** What several methods measured, as a table: a row a method, a column a language, each figure with its 95 % interval over seeds and documents. */
import { defineKind, integer, many, matrixPort, must, text, words } from "#src"
import { observations, ofGroups } from "../port/observations.ts"
import { bandOf, byMethod, figureOf, scopeOf } from "./repeated.ts"

export const methodTable = defineKind({
  id: "metric/method-table",
  module: import.meta.url,
  title: "Table of methods with intervals",
  params: {
    title: text({ default: "", doc: "Above the table; what is measured, if empty" }),
    methods: words({ doc: "Names of the methods, in the order of the observations: all repetitions of the first, then of the second" }),
    draws: integer({ min: 100, max: 1_000_000, default: 1000, doc: "Of the bootstrap over units" }),
  },
  inputs: { observations: many(observations) },
  outputs: { table: matrixPort },
  seeded: true,
  run: ({ observations: given }, { title, methods, draws }, { random }) => {
    const of = byMethod(given, methods)
    const repetitions = must(of[0], "method")
    const { title: measured, unit, better, chance, groups } = must(repetitions[0], "observations")
    // One group is all there is; of several, the mean counts them alike.
    const columns: readonly (readonly [name: string, groups: readonly string[]])[] = [...groups.map((group) => [group, [group]] as const), ...(groups.length > 1 ? [["mean", []] as const] : [])]
    const cells = of.map((method) =>
      columns.map(([, wanted]) => {
        const figure = figureOf(method.map((each) => ofGroups(each, wanted, "groups")), draws, random)
        return { value: figure.value, interval: bandOf(figure) }
      }),
    )
    const over = scopeOf(must(repetitions[0], "observations"), repetitions.length)
    return { table: { title: title === "" ? measured : title, unit, better, chance, over, rows: methods, columns: columns.map(([name]) => name), cells } }
  },
})
