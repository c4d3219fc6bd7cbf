/**
 * Linear mode connectivity (Frankle et al., arXiv 1912.05671): loss and accuracy along the straight line between two networks. The barrier
 * is how far the worst place lies above the line between the ends' losses (below it, for accuracy); about 0 when the two
 * lie in one valley.
 */
import { curvePort, defineKind, integer, metricPort, ndarray, NodeFailure, one, type NdArray } from "#src"
import { examples } from "../port/examples.ts"
import { network, type Network } from "../port/network.ts"
import { score, type Scored } from "../port/network-score.ts"

/** `sum_i c_i W_i`; an end by itself is given back as it is. */
export const mixed = (networks: readonly Network[], coefficients: readonly number[]): Network => {
  const whole = coefficients.indexOf(1)
  if (whole >= 0 && coefficients.every((c, i) => i === whole || c === 0)) return networks[whole] as Network
  const first = networks[0] as Network
  const at = ([name, { shape, data }]: [string, NdArray]) =>
    [name, ndarray("f32", shape, Float32Array.from(data as Float32Array, (_, k) => coefficients.reduce((sum, c, i) => sum + c * (networks[i]?.tensors[name]?.data[k] as number), 0)))] as const
  return { meta: first.meta, tensors: Object.fromEntries(Object.entries(first.tensors).map(at)) }
}

/** The largest rise above the line between the ends; 0 if there is none. */
export const barrier = (values: readonly number[]): number => {
  const [first, last] = [values[0] as number, values.at(-1) as number]
  return values.reduce((most, x, i) => Math.max(most, x - (first + ((last - first) * i) / (values.length - 1))), 0)
}

export const modeConnectivity = defineKind({
  id: "metric/mode-connectivity",
  module: import.meta.url,
  title: "Linear mode connectivity",
  reference: "https://arxiv.org/abs/1912.05671",
  params: { points: integer({ min: 3, max: 101, default: 11, doc: "Places on the line, ends included" }) },
  inputs: { a: one(network), b: one(network), examples: one(examples) },
  outputs: { metric: metricPort, loss: curvePort, accuracy: curvePort },
  onDevice: true,
  run: async ({ a, b, examples: data }, { points }, context) => {
    if (a.meta.widths.join() !== b.meta.widths.join()) throw new NodeFailure(`the networks have different widths: ${a.meta.widths.join(" x ")} and ${b.meta.widths.join(" x ")}`)
    const places = Array.from({ length: points }, (_, i) => i / (points - 1))
    const scored: Scored[] = []
    for (const t of places) {
      scored.push(await score(mixed([a, b], [1 - t, t]), data, context))
      context.progress({ done: scored.length, total: points, unit: "places" })
    }
    const curve = (figure: keyof Scored, y: string) => ({ title: "Along the line", x: "share of the second network", y, series: [{ name: "", points: places.map((t, i) => [t, (scored[i] as Scored)[figure]] as const) }] })
    return {
      metric: {
        title: "Barrier", unit: "nats, and share of examples", better: "lower" as const,
        values: { loss: barrier(scored.map((s) => s.loss)), accuracy: barrier(scored.map((s) => -s.accuracy)) },
      },
      loss: curve("loss", "loss, nats"),
      accuracy: curve("accuracy", "accuracy"),
    }
  },
})
