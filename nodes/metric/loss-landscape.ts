/**
 * The loss on the plane through three networks, as a picture: dark is low (Garipov et al., arXiv 1802.10026, figure 1, with the networks as
 * the corners (0, 0), (1, 0) and (0, 1), so distances are in parts of those between the networks).
 */
import { curvePort, defineKind, integer, ndarray, NodeFailure, one, picturePort, real } from "#src"
import { examples } from "../port/examples.ts"
import { network } from "../port/network.ts"
import { score } from "../port/network-score.ts"
import { mixed } from "./mode-connectivity.ts"

export const lossLandscape = defineKind({
  id: "metric/loss-landscape",
  module: import.meta.url,
  title: "Loss on the plane of three networks",
  reference: "https://arxiv.org/abs/1802.10026",
  params: {
    points: integer({ min: 3, max: 101, default: 15, doc: "Places in each direction" }),
    margin: real({ min: 0, max: 2, default: 0.25, doc: "How far beyond the networks, in parts of the distance between them" }),
    scale: integer({ min: 1, max: 32, default: 12, doc: "Pixels for each place, in each direction" }),
  },
  inputs: { a: one(network), b: one(network), c: one(network), examples: one(examples) },
  outputs: { picture: picturePort, row: curvePort },
  onDevice: true,
  run: async ({ a, b, c, examples: data }, { points, margin, scale }, context) => {
    const widths = [a, b, c].map(({ meta }) => meta.widths.join(" x "))
    if (new Set(widths).size > 1) throw new NodeFailure(`the networks have different widths: ${widths.join(", ")}`)
    const place = (i: number): number => -margin + ((1 + 2 * margin) * i) / (points - 1)
    const losses = new Float64Array(points * points)
    for (let k = 0; k < losses.length; k++) {
      context.signal.throwIfAborted()
      const [x, y] = [place(k % points), place(Math.floor(k / points))]
      losses[k] = (await score(mixed([a, b, c], [1 - x - y, x, y]), data, context)).loss
      context.progress({ done: k + 1, total: losses.length, unit: "places" })
    }
    // By the logarithm: what lies outside of a valley is worse by orders of magnitude.
    const [low, high] = [Math.log(Math.min(...losses)), Math.log(Math.max(...losses))]
    const side = points * scale
    const pixels = Uint8Array.from({ length: side * side }, (_, k) => {
      // The second corner to the right, the third on top.
      const loss = losses[(points - 1 - Math.floor(k / side / scale)) * points + Math.floor((k % side) / scale)] as number
      return high === low ? 0 : Math.round((255 * (Math.log(loss) - low)) / (high - low))
    })
    const bottom = Array.from({ length: points }, (_, i) => [place(i), losses[i] as number] as const)
    return {
      picture: { meta: { title: "Loss on the plane of three networks", captions: [`${Math.exp(low).toPrecision(3)} nats (black) to ${Math.exp(high).toPrecision(3)} (white)`] }, tensors: { pixels: ndarray("u8", [1, side, side], pixels) } },
      row: { title: "Lowest row of the plane", x: "share of the second network", y: "loss, nats", series: [{ name: "", points: bottom }] },
    }
  },
})
