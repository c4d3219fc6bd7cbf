/**
 * Layers stacked without training, as "frankenmerges" are: of the two copies of `text.ts` (one went on with Russian, one with Chinese) the lower
 * blocks of one under the upper of the other, at the same depth and one block deeper; and the base with a block twice (depth up-scaling).
 * Bits per character on held-out text of all three languages, beside the copies and their average.
 *
 * Expected, before the first run: at the same depth between the copies or better than the worse one; one block deeper worse than the average;
 * a block twice worse than the base. Nothing is trained after stacking, which the authors of up-scaling do.
 */
import { graph, integer, type Handle } from "#src"
import { bitsPerCharacter, compareMethods, encodeText, glyphSubstrate, localisedText, mergeModelsLinear, ngramTokenizer, pretrain, scoreText, stackBlocks } from "#nodes"

type ModelOutput = Handle<(typeof pretrain)["outputs"]>["model"]

const params = {
  seeds: integer({ min: 1, max: 20, default: 5, doc: "Repetitions" }),
  width: integer({ min: 16, max: 4096, default: 64, doc: "Width of the models" }),
}

export default graph("stacking", { params }, (g, { seeds, width }) => {
  const text = g.add("text", localisedText, { locales: ["en", "ru", "zh"] })
  const { tokenizer } = g.add("tokenizer", ngramTokenizer, { size: 1024 }, { text: text.train })
  const { tokens: train } = g.add("tokens/train", encodeText, {}, { tokenizer, text: text.train })
  const { tokens: heldOut } = g.add("tokens/held-out", encodeText, { limit: 2048 }, { tokenizer, text: text.heldOut })
  const { substrate } = g.add("glyphs", glyphSubstrate, { width }, { tokenizer })
  const repetitions = g.map("seed", Array.from({ length: seeds }, (_, seed) => ({ seed })), (h, { seed }) => {
    const salt = `${seed}`
    const { model: base } = h.add("base", pretrain, { width, blocks: 3, steps: 300, context: 64 }, { substrate, tokens: train }, { salt })
    const goOn = (locale: string): ModelOutput =>
      h.add(`on/${locale}`, pretrain, { locales: [locale], blocks: 0, trains: "all", steps: 150, lr: 1e-3, context: 64 }, { substrate, tokens: train, below: base }, { salt }).model
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
    return Object.entries(made).map(([name, model]) => {
      const { scores } = h.add(`score/${name}`, scoreText, {}, { model, substrate, tokens: heldOut })
      return [name, h.add(`bits/${name}`, bitsPerCharacter, {}, { scores }).bits] as const
    })
  })
  const methods = (repetitions[0] ?? []).map(([name]) => name)
  g.add("methods", compareMethods, {
    methods, figure: "mix", lower: true, title: "Layers stacked without training: bits per character",
    claims: [
      { better: "russian-under-chinese", worse: "chinese" }, { better: "chinese-under-russian", worse: "chinese" }, { better: "average", worse: "one-deeper" }, { better: "base", worse: "block-twice" },
    ],
  }, { metrics: methods.flatMap((_, i) => repetitions.map((of) => (of[i] as (typeof of)[number])[1])) })
})

/** Seconds instead of minutes, for tests. */
export const tiny = {
  "seeds": 1, "width": 32, "text.limit": 3000, "tokenizer.size": 384, "tokens/held-out.limit": 128, "*.steps": 4, "*.context": 32, "*.heads": 2, "*.batch": 4,
}
