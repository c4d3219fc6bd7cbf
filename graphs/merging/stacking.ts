/**
 * Layers stacked without training, as "frankenmerges" are: of the two copies of `text.ts` (one went on with Russian, one with Chinese) the lower
 * blocks of one under the upper of the other, at the same depth and one block deeper; and the base with a block twice (depth up-scaling).
 * Bits per character on held-out text of all three languages, beside the copies and their average.
 *
 * Expected, before the first run: at the same depth between the copies or better than the worse one; one block deeper worse than the average;
 * a block twice worse than the base. Nothing is trained after stacking, which the authors of up-scaling do.
 */
import { graph } from "#src"
import { compareMethods, mergeModelsLinear, stackBlocks } from "#nodes"
import { copies, languages, params, type ModelOutput } from "./parts/language-copies.ts"

export default graph("stacking", { params }, (g, { seeds, width }) => {
  const material = languages(g, width)
  const repetitions = g.map("seed", Array.from({ length: seeds }, (_, seed) => ({ seed })), (h, { seed }) => {
    const { base, goOn, score, bits } = copies(h, `${seed}`, material)
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
  const methods = (repetitions[0] ?? []).map(([name]) => name)
  g.add("methods", compareMethods, {
    methods, figure: "mix", lower: true, title: "Layers stacked without training: bits per character",
    claims: [
      { better: "russian-under-chinese", worse: "chinese" }, { better: "chinese-under-russian", worse: "chinese" }, { better: "average", worse: "one-deeper" }, { better: "base", worse: "block-twice" },
    ],
  }, { metrics: methods.flatMap((_, i) => repetitions.map((of) => (of[i] as (typeof of)[number])[1])) })
})

export { tiny } from "./parts/language-copies.ts"
