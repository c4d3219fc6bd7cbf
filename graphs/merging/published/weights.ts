/**
 * Three pairs of published networks (`npx cambium data face-api`, `silero-vad`, `esrgan-slim`): two on faces that were fine-tuned from one, and
 * two pairs of the same architecture that were trained apart. What their weights have in common says what a plain average can do.
 *
 * Expected, before the first run: the faces' cosine above 0.8 and their average keeps 95 % of the spread; the others' cosine below 0.2, and
 * their averages keep about 71 % of it, which the corrected average gives back and which no coefficient does: such pairs need their units
 * aligned first. Added later, before its own first run: with units of one in the order of the other (`units.ts`) the cosine of those is
 * above 0.2; of unlike ones an order can be found that gives about 0.1. What that is worth when they are run, `upscaling.ts` asks.
 */
import { subgraph } from "#src"
import { alignTensors, likeness, mergeTensorsLinear, mergeTensorsVarianceCorrected, publishedWeights } from "#nodes"
import { alone, type Measured } from "../parts/experiment.ts"
import { esrgan, sileroRates } from "./units.ts"

const folder = ".cambium/data"
const pairs = {
  "face-api": ["face-api/face_expression", "face-api/face_landmark_68"],
  "silero-vad": ["silero-vad/v5.onnx", "silero-vad/v6.onnx"],
  "esrgan-slim": ["esrgan-slim/x2", "esrgan-slim/x4"],
} as const

const apart = { "silero-vad": sileroRates, "esrgan-slim": esrgan } as const
const names = Object.keys(apart)

const keptByAverages = 1 / Math.SQRT2

/** What is no sample has no interval. */
const counted = (method: string, bounds: { readonly above?: number; readonly below?: number }, claim: string) => ({ claim, of: [{ claim: method, numerator: { [method]: 1 }, bounds, exact: true }] })

export const published = subgraph({ params: {}, inputs: {} }, (g) => {
  const found = Object.entries(pairs).map(([name, [one, other]]) => {
    const read = (path: string, alongside: string) => g.add(path.replaceAll(".", "-"), publishedWeights, { path: `${folder}/${path}`, alongside: `${folder}/${alongside}`, remedy: `run npx cambium data ${name}` }).tensors
    const [a, b] = [read(one, other), read(other, one)]
    const models = [a, b]
    const likenessOf = (way: string, merged: typeof a) => g.add(`${name}/likeness/${way}`, likeness, {}, { a, b, merged }).metric
    const average = likenessOf("average", g.add(`${name}/average`, mergeTensorsLinear, {}, { models }).tensors)
    const corrected = likenessOf("corrected", g.add(`${name}/corrected`, mergeTensorsVarianceCorrected, {}, { models }).tensors)
    const aligned = Object.entries(apart).flatMap(([of, units]) => {
      if (of !== name) return []
      const ordered = g.add(`${name}/aligned`, alignTensors, { units }, { tensors: b, reference: a }).tensors
      const merged = g.add(`${name}/average-aligned`, mergeTensorsLinear, {}, { models: [a, ordered] }).tensors
      return [g.add(`${name}/likeness/aligned`, likeness, {}, { a, b: ordered, merged }).metric]
    })
    const named = (suffix: string): readonly Measured[] => aligned.map((metric) => [`${name}-${suffix}`, metric])
    return { pairs: [[name, average], ...named("aligned")], merged: [[`${name}-average`, average], [`${name}-corrected`, corrected], ...named("average-aligned")] } satisfies { pairs: readonly Measured[]; merged: readonly Measured[] }
  })
  return [
    {
      title: "Pairs of published networks: cosine of their weights",
      figure: "cosine",
      expected: [
        counted("face-api", { above: 0.8 }, "Networks of one origin point the same way"),
        ...names.map((name) => counted(name, { below: 0.2 }, `The two of ${name}, trained apart, do not`)),
        ...names.map((name) => counted(`${name}-aligned`, { above: 0.2 }, `With its units aligned the second of ${name} does more than chance gives`)),
      ],
      repetitions: [found.flatMap(({ pairs: of }) => of)],
    },
    {
      title: "Pairs of published networks: share of the spread of weights that merging keeps",
      figure: "kept",
      expected: [
        counted("face-api-average", { above: 0.95 }, "The average of networks of one origin keeps the spread"),
        ...names.flatMap((name) => [
          counted(`${name}-average`, { above: 0.9 * keptByAverages, below: 1.1 * keptByAverages }, `The average of ${name} keeps 1 / sqrt 2 of it, within a tenth`),
          counted(`${name}-corrected`, { above: 0.999 }, `The corrected average of ${name} gives it back`),
        ]),
      ],
      repetitions: [found.flatMap(({ merged }) => merged)],
    },
  ]
})

export default alone("published-weights", published)
