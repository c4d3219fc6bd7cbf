/**
 * How training goes on where a stage of growth begins: by how much the loss jumps, and after what share of the stage it is back where the
 * stage before ended (1 if never). Losses are those of training, means over a few steps, as the curves have them; the end of the
 * stage before is the mean of its last points.
 */
import { curvePort, defineKind, integer, metricPort, must, NodeFailure, one, type Curve } from "#src"

const pointsOf = ({ series }: Curve) => must(series[0], "series").points

export const recovery = defineKind({
  id: "metric/recovery",
  module: import.meta.url,
  title: "Recovery after growth",
  params: { last: integer({ min: 1, max: 1000, default: 5, doc: "Points of the stage before that are its end" }) },
  inputs: { before: one(curvePort), after: one(curvePort) },
  outputs: { metric: metricPort },
  cores: 0,
  run: ({ before, after }, { last }) => {
    const [was, is] = [pointsOf(before).slice(-last), pointsOf(after)]
    if (was.length === 0 || is.length === 0) throw new NodeFailure("a stage without a step has no losses")
    const end = was.reduce((sum, [, y]) => sum + y, 0) / was.length
    const back = is.find(([, y]) => y <= end)
    const values = { jump: must(is[0], "point")[1] - end, share: back === undefined ? 1 : back[0] / must(is.at(-1), "point")[0] }
    return { metric: { title: "Recovery after growth", unit: "nats per token; share of the stage", better: "lower" as const, values } }
  },
})
