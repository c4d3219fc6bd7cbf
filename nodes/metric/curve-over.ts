/**
 * A figure over a size (blocks, stages, tokens), a line for each way of getting there, with its 95 % interval over seeds and
 * documents; and, where a guess has a figure, that as a line of its own.
 */
import * as t from "io-ts"
import { curvePort, defineKind, integer, many, must, NodeFailure, structured, text, words } from "#src"
import { observations } from "../port/observations.ts"
import { bandOf, byMethod, figureOf } from "./repeated.ts"

const Numbers = t.readonlyArray(t.number)

export const curveOver = defineKind({
  id: "metric/curve-over",
  module: import.meta.url,
  title: "Figure over a size, with intervals",
  params: {
    title: text({ default: "", doc: "Above the curves; what is measured, if empty" }),
    x: text({ doc: "Label of the size, with its unit" }),
    lines: words({ doc: "Names of the lines, in the order of the observations: of the first line, all repetitions at the first size, then at the second" }),
    sizes: structured(Numbers, { doc: "Where the lines have points, ascending", expected: "a list of numbers" }),
    draws: integer({ min: 100, max: 1_000_000, default: 1000, doc: "Of the bootstrap over units" }),
  },
  inputs: { observations: many(observations) },
  outputs: { curve: curvePort },
  seeded: true,
  run: ({ observations: given }, { title, x, lines, sizes, draws }, { random }) => {
    if (sizes.some((size, i) => i > 0 && size <= must(sizes[i - 1], "size"))) throw new NodeFailure(`sizes must ascend, got ${sizes.join(", ")}`, { param: "sizes" })
    const points = lines.flatMap((line) => sizes.map((size) => `${line} at ${size}`))
    const figures = byMethod(given, points).map((repetitions) => figureOf(repetitions, draws, random))
    const { title: measured, unit, chance } = must(given[0], "observations")
    const series = lines.map((name, k) => {
      const own = figures.slice(k * sizes.length, (k + 1) * sizes.length)
      const bands = own.flatMap((figure) => [bandOf(figure)].filter((band) => band !== null))
      return { name, points: own.map(({ value }, i) => [must(sizes[i], "size"), value] as const), ...(bands.length === own.length ? { band: bands } : {}) }
    })
    const guess = chance === null ? [] : [{ name: "chance", points: [must(sizes[0], "size"), must(sizes.at(-1), "size")].map((size) => [size, chance] as const) }]
    return { curve: { title: title === "" ? measured : title, x, y: unit, series: [...series, ...guess] } }
  },
})
