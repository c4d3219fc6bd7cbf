/**
 * Layers stacked without training, as "frankenmerges" are: of the two copies of `text.ts` (one went on with Russian, one with Chinese) the lower
 * blocks of one under the upper of the other, at the same depth and one block deeper; and the base with a block twice (depth up-scaling).
 * Bits per character on held-out text of all three languages, beside the copies and their average.
 *
 * Expected, before the first run: at the same depth between the copies or better than the worse one; one block deeper worse than the average;
 * a block twice worse than the base. Nothing is trained after stacking, which the authors of up-scaling do.
 */
import { subgraph } from "#src"
import { mergeModelsLinear, stackBlocks } from "#nodes"
import { alone, bySeed, fewerBits } from "./parts/experiment.ts"
import { copies, languages, params, type ModelOutput } from "./parts/language-copies.ts"

export const stacking = subgraph({ params, inputs: {} }, (g, { seeds, width, corpus }) => {
  const material = languages(g, width, corpus)
  const repetitions = bySeed(g, seeds, (h, salt) => {
    const { base, goOn, score, bits } = copies(h, salt, material)
    const models = [goOn("ru"), goOn("zh")]
    const stack = (name: string, of: readonly ModelOutput[], slices: readonly { model: number; from: number; to: number }[]): ModelOutput => h.add(name, stackBlocks, { slices: [...slices] }, { models: [...of] }).model
    const made: Readonly<Record<string, ModelOutput>> = {
      "base": base,
      "russian": models[0] as ModelOutput,
      "chinese": models[1] as ModelOutput,
      "average": h.add("average", mergeModelsLinear, {}, { models }).model,
      "russian-under-chinese": stack("russian-under-chinese", models, [{ model: 1, from: 0, to: 2 }, { model: 2, from: 2, to: 3 }]),
      "chinese-under-russian": stack("chinese-under-russian", models, [{ model: 2, from: 0, to: 2 }, { model: 1, from: 2, to: 3 }]),
      "one-deeper": stack("one-deeper", models, [{ model: 1, from: 0, to: 2 }, { model: 2, from: 1, to: 3 }]),
      "block-twice": stack("block-twice", [base], [{ model: 1, from: 0, to: 2 }, { model: 1, from: 1, to: 3 }]),
    }
    return Object.entries(made).map(([name, model]) => bits(name, score(name, model)))
  })
  return [{
    title: "Layers stacked without training",
    figure: "mix",
    expected: [
      fewerBits("russian-under-chinese", "chinese", "Chinese layers on Russian ones, at the same depth, have fewer bits than the Chinese copy"),
      fewerBits("chinese-under-russian", "chinese", "Russian layers on Chinese ones, at the same depth, have fewer bits than the Chinese copy"),
      fewerBits("average", "one-deeper", "The average has fewer bits than one block deeper"),
      fewerBits("base", "block-twice", "The base has fewer bits than itself with a block twice"),
    ],
    repetitions,
  }]
})

export default alone("stacking", stacking)

export { tiny } from "./parts/language-copies.ts"
