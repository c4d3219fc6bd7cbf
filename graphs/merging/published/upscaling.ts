/**
 * Two published networks of one architecture that were trained apart (`npx cambium data esrgan-slim`): one makes pictures twice as large, the other four
 * times. Each is merged with the other in all they share, with its own last maps, and asked to make Fashion-MNIST large again; once with the units of
 * both as they are, once with the other's in the order of its own (Git Re-Basin by weights, `units.ts`), once with the spread of weights corrected too.
 *
 * Expected, before the first run: the plain average is 3 dB or more behind the network itself; in its own order it is above the plain
 * one, and still behind the network itself: these networks are narrow (64 channels), where permutations are known to leave a barrier.
 */
import { subgraph } from "#src"
import { alignTensors, labelledImages, mergeTensorsLinear, mergeTensorsVarianceCorrected, publishedWeights, upscaling } from "#nodes"
import { alone, bySeed, difference, seeds } from "../parts/experiment.ts"
import { esrgan } from "./units.ts"

const folder = ".cambium/data/esrgan-slim"
const remedy = "run npx cambium data esrgan-slim"
const pictures = 200

const above = (least: number) => difference({ above: least }, "dB")

export const publishedUpscaling = subgraph({ params: { seeds }, inputs: {} }, (g, { seeds: count }) => {
  const { test } = g.add("images", labelledImages, { corpus: "fashion-mnist", test: 200 * 20 })
  const ofFactor = (factor: 2 | 4) => {
    const [own, other] = [`x${factor}`, `x${factor === 2 ? 4 : 2}`]
    const read = (name: string, of: string, alongside: string) => g.add(`${own}/${name}`, publishedWeights, { path: `${folder}/${of}`, alongside: alongside && `${folder}/${alongside}`, remedy }).tensors
    const [whole, a, b] = [read("whole", own, ""), read("own", own, other), read("other", other, own)]
    const aligned = g.add(`${own}/aligned`, alignTensors, { units: esrgan }, { tensors: b, reference: a }).tensors
    const average = (name: string, of: typeof b) => g.add(`${own}/average/${name}`, mergeTensorsLinear, {}, { models: [a, of] }).tensors
    const networks = {
      "itself": whole,
      "other": b,
      "average": average("plain", b),
      "average-aligned": average("aligned", aligned),
      "average-corrected": g.add(`${own}/corrected/plain`, mergeTensorsVarianceCorrected, {}, { models: [a, b] }).tensors,
      "average-aligned-corrected": g.add(`${own}/corrected/aligned`, mergeTensorsVarianceCorrected, {}, { models: [a, aligned] }).tensors,
    }
    const named = (method: string) => `${own}-${method}`
    return {
      title: `Pictures made ${factor === 2 ? "twice" : "four times"} as large by two networks in one`,
      figure: "psnr",
      expected: [
        above(3)(named("itself"), named("average"), `The plain average is 3 dB behind ${own} or more`),
        above(0)(named("average-aligned"), named("average"), `Aligned, the average with ${other} is above the plain one`),
        above(0)(named("itself"), named("average-aligned"), `It is behind ${own} itself`),
      ],
      repetitions: bySeed(g, count, (h, salt) => {
        const measured = (method: string, given: object) => [named(method), h.add(`${own}/psnr/${method}`, upscaling, { factor, pictures, from: pictures * Number(salt) }, { ...given, examples: test }).metric] as const
        return [...Object.entries(networks).map(([method, network]) => measured(method, { network, rest: whole })), measured("squares", {})]
      }),
    }
  }
  return [ofFactor(2), ofFactor(4)]
})

export default alone("published-upscaling", publishedUpscaling)
