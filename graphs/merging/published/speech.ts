/**
 * Two published speech detectors of one architecture (`npx cambium data silero-vad`), versions 5 and 6, merged at one half: with their units as they are, and with
 * those of the second in the order of the first (Git Re-Basin by weights, `units.ts`). They listen to sentences in noise (`npx cambium data asterisk-prompts`),
 * other ones in each repetition, and say of every 32 ms whether somebody speaks.
 *
 * Expected, before the first run: the plain average is 0.05 or more behind version 5 in the area under the curve; in one order it is above the
 * plain one, and behind version 5; both together, averaged in what they say, are not behind version 5 by 0.01.
 */
import { subgraph } from "#src"
import { alignTensors, mergeTensorsLinear, mergeTensorsVarianceCorrected, publishedWeights, speechDetection, speechInNoise } from "#nodes"
import { alone, bySeed, difference, seeds } from "../parts/experiment.ts"
import { sileroRates } from "./units.ts"

const folder = ".cambium/data/silero-vad"
const count = 60

const above = (least: number) => difference({ above: least }, "area")

export const publishedSpeech = subgraph({ params: { seeds }, inputs: {} }, (g, { seeds: repetitions }) => {
  const read = (version: string, other: string) => g.add(version, publishedWeights, { path: `${folder}/${version}.onnx`, alongside: `${folder}/${other}.onnx`, remedy: "run npx cambium data silero-vad" }).tensors
  const [a, b] = [read("v5", "v6"), read("v6", "v5")]
  const aligned = g.add("aligned", alignTensors, { units: sileroRates }, { tensors: b, reference: a }).tensors
  const average = (name: string, of: typeof b) => g.add(`average/${name}`, mergeTensorsLinear, {}, { models: [a, of] }).tensors
  const corrected = (name: string, of: typeof b) => g.add(`corrected/${name}`, mergeTensorsVarianceCorrected, {}, { models: [a, of] }).tensors
  const networks = {
    "v5": [a],
    "v6": [b],
    "ensemble": [a, b],
    "average": [average("plain", b)],
    "average-aligned": [average("aligned", aligned)],
    "average-corrected": [corrected("plain", b)],
    "average-aligned-corrected": [corrected("aligned", aligned)],
  }
  return [
    {
      title: "Two speech detectors in one",
      figure: "auc",
      expected: [
        above(0.05)("v5", "average", "The plain average is 0.05 behind version 5 or more"),
        above(0)("average-aligned", "average", "Aligned, the average is above the plain one"),
        above(0)("v5", "average-aligned", "It is behind version 5"),
        above(-0.01)("ensemble", "v5", "Both together are not behind version 5 by 0.01"),
      ],
      repetitions: bySeed(g, repetitions, (h, salt) => {
        const { recordings } = h.add("recordings", speechInNoise, { recordings: count, from: count * Number(salt) }, {}, { salt })
        return Object.entries(networks).map(([method, of]) => [method, h.add(`auc/${method}`, speechDetection, {}, { networks: of, recordings }).metric] as const)
      }),
    },
  ]
})

export default alone("published-speech", publishedSpeech)
