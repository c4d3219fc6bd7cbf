/**
 * How well detectors tell speech from none, piece by piece: the area under the receiver operating characteristic, that is how often a piece of speech
 * is held likelier than one without (Hanley & McNeil, Radiology 143, 1982), 0.5 for a guess; and the share of pieces that are right at one half. Of
 * several detectors the mean of what they say is taken (an ensemble).
 */
import { add, defineKind, input, makeProgram, many, metricPort, mul, must, ndarray, NodeFailure, one, withProgram, type Expr, type Exprs, type Tensors } from "#src"
import { batchesOf } from "../port/examples.ts"
import { prefixed } from "../port/network.ts"
import { extentsOf, recordings } from "../port/recordings.ts"
import { namedTensors } from "../port/tensors.ts"
import { detectorWeights, speechDetector } from "./speech-detector.ts"

const most = 20

export const speechDetection = defineKind({
  id: "metric/speech-detection",
  module: import.meta.url,
  title: "Speech told from none",
  reference: "https://github.com/snakers4/silero-vad",
  params: {},
  inputs: { networks: many(namedTensors), recordings: one(recordings) },
  outputs: { metric: metricPort },
  onDevice: true,
  run: async ({ networks, recordings: of }, {}, context) => {
    if (networks.length === 0) throw new NodeFailure("there is no detector to measure")
    const weights = networks.map(({ meta, tensors }, i) => {
      const found = detectorWeights(tensors)
      if (typeof found === "string") throw new NodeFailure(`${meta.source} is no detector of speech at 8 kHz: it has no tensor ${found}`)
      return prefixed(`${i}/`, found)
    })
    if (of.meta.rate !== 8000) throw new NodeFailure(`the detector hears 8000 Hz, got ${of.meta.rate} Hz`)
    const [count, pieces, samples] = extentsOf(of)
    const [rows, length] = [Math.min(most, count), pieces * samples]
    const given: Exprs = Object.fromEntries(weights.flatMap((tensors) => Object.entries(tensors)).map(([name, { shape }]) => [name, input(name, shape)]))
    const sound = input("sound", [rows, pieces, samples])
    const said = networks.map((_, i): Expr => speechDetector(Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith(`${i}/`)).map(([name, of]) => [name.slice(`${i}/`.length), of])), sound))
    const program = makeProgram({ inputs: [...Object.values(given), sound], outputs: { likely: mul(said.reduce((a, b) => add(a, b)), 1 / said.length) } })
    const likely = new Float32Array(count * pieces)
    const all = must(of.tensors["sound"], "recordings.sound").data as Float32Array
    await withProgram(await context.device(), program, Object.assign({}, ...weights) as Tensors, async (bound) => {
      for (const { places, count: real } of batchesOf(count, rows)) {
        context.signal.throwIfAborted()
        const part = new Float32Array(rows * length)
        places.forEach((place, r) => part.set(all.subarray(place * length, (place + 1) * length), r * length))
        const { data } = must((await bound.run({ sound: ndarray("f32", [rows, pieces, samples], part) }))["likely"], "likely")
        const first = places[0] as number
        for (let r = 0; r < real; r++) for (let p = 0; p < pieces; p++) likely[(first + r) * pieces + p] = data[p * rows + r] as number
        context.progress({ done: first + real, total: count, unit: "recordings" })
      }
    })
    const speech = must(of.tensors["speech"], "recordings.speech").data as Uint8Array
    return { metric: { title: "Speech told from none", unit: "area under the curve, and share of pieces", better: "higher" as const, values: { auc: areaUnder(likely, speech), accuracy: likely.reduce((sum, x, i) => sum + (x >= 0.5 === (speech[i] === 1) ? 1 : 0), 0) / likely.length } } }
  },
})

/** How often a member of the class scores above one that is none; equal scores count one half. Fails without either. */
export const areaUnder = (scores: Float32Array, isMember: Uint8Array): number => {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!)
  let [ranks, members] = [0, 0]
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++
    // Ranks count from 1, and equal scores share the mean of theirs.
    for (let k = from; k < to; k++) {
      if (isMember[order[k]!] !== 1) continue
      ranks += (from + 1 + to) / 2
      members++
    }
    from = to
  }
  const others = order.length - members
  if (members === 0 || others === 0) throw new NodeFailure(`pieces with and without speech are told apart; ${members === 0 ? "none is speech" : "all are speech"}`)
  return (ranks - (members * (members + 1)) / 2) / (members * others)
}
