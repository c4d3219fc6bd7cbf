/** Of runs that differ in their learning rate, the rate of the best. */
import { defineKind, many, must, NodeFailure, numbers, tablePort } from "#src"
import { figuresOf, meanOf, observations } from "../port/observations.ts"
import { rate } from "../port/rate.ts"

export const pickRate = defineKind({
  id: "metric/pick-rate",
  module: import.meta.url,
  title: "Pick a learning rate",
  params: { rates: numbers({ doc: "Of the runs, in the order of the observations" }) },
  inputs: { observations: many(observations) },
  outputs: { rate, table: tablePort },
  cores: 0,
  run: ({ observations: given }, { rates }) => {
    if (rates.length !== given.length) throw new NodeFailure(`${rates.length} rates for ${given.length} runs`, { param: "rates" })
    const { title, better } = must(given[0], "run")
    const figures = given.map((of) => meanOf(figuresOf(of)))
    const best = (better === "lower" ? Math.min : Math.max)(...figures)
    return {
      rate: { lr: must(rates[figures.indexOf(best)], "rate") },
      table: { title: `Learning rates by: ${title}`, columns: ["rate", "figure"], rows: figures.map((figure, i) => [`${rates[i]}${figure === best ? " (picked)" : ""}`, Number(figure.toPrecision(5))]) },
    }
  },
})
