/**
 * Three pairs of published networks (`npx cambium data face-api`, `silero-vad`, `esrgan-slim`): two on faces that were fine-tuned from one, and
 * two pairs of the same architecture that were trained apart. What their weights have in common says what a plain average can do.
 *
 * Expected, before the first run: the faces' cosine above 0.8 and their average keeps 95 % of the spread; the others' cosine below 0.2, and
 * their averages keep about 71 % of it, which the corrected average gives back and which no coefficient does: such pairs need their units
 * aligned first (`../alignment.ts`).
 */
import { graph } from "#src"
import { compareMethods, likeness, mergeTensorsLinear, mergeTensorsVarianceCorrected, publishedWeights } from "#nodes"

const folder = ".cambium/data"
const pairs = {
  "face-api": ["face-api/face_expression", "face-api/face_landmark_68"],
  "silero-vad": ["silero-vad/v5.onnx", "silero-vad/v6.onnx"],
  "esrgan-slim": ["esrgan-slim/x2", "esrgan-slim/x4"],
} as const

export default graph("published-weights", (g) => {
  const found = Object.entries(pairs).map(([name, [one, other]]) => {
    const read = (path: string, alongside: string) => g.add(path.replaceAll(".", "-"), publishedWeights, { path: `${folder}/${path}`, alongside: `${folder}/${alongside}`, remedy: `run npx cambium data ${name}` }).tensors
    const [a, b] = [read(one, other), read(other, one)]
    const models = [a, b]
    const average = g.add(`${name}/average`, mergeTensorsLinear, {}, { models }).tensors
    const corrected = g.add(`${name}/corrected`, mergeTensorsVarianceCorrected, {}, { models }).tensors
    return [["average", average], ["corrected", corrected]].map(([way, merged]) => [`${name}, ${way as string}`, g.add(`${name}/likeness/${way as string}`, likeness, {}, { a, b, merged: merged as typeof a }).metric] as const)
  })
  const all = found.flat()
  for (const figure of ["cosine", "kept"]) g.add(`methods/${figure}`, compareMethods, { methods: all.map(([name]) => name), figure, title: `Pairs of published networks: ${figure}` }, { metrics: all.map(([, metric]) => metric) })
})
