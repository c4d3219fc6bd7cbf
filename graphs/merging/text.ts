/**
 * Language models merged: a GPT is trained on English, Russian and Chinese together, then one copy goes on with Russian and one with Chinese, all
 * weights trained. Each merge of the two is measured on held-out text of all three languages, in bits per character, beside the copies, their
 * ensemble and a copy that goes on with both.
 *
 * Expected, before the first run: the average below either copy, and model stock below the average, as it stays nearer to the base that knows
 * all three; the ensemble below the average; going on with both below every merge. Fewer bits are better.
 */
import { graph, integer, type Handle } from "#src"
import {
  bitsPerCharacter, compareMethods, compose, encodeText, expertLogits, glyphSubstrate, localisedText, mergeModelsBreadcrumbs, mergeModelsDareTies, mergeModelsLinear, mergeModelsModelStock, mergeModelsMultislerp,
  mergeModelsSlerp, mergeModelsTaskArithmetic, mergeModelsTies, ngramTokenizer, pretrain, scoreText,
} from "#nodes"

type ModelOutput = Handle<(typeof pretrain)["outputs"]>["model"]

const params = {
  seeds: integer({ min: 1, max: 20, default: 5, doc: "Repetitions" }),
  width: integer({ min: 16, max: 4096, default: 64, doc: "Width of the models" }),
}

export default graph("text", { params }, (g, { seeds, width }) => {
  const text = g.add("text", localisedText, { locales: ["en", "ru", "zh"] })
  const { tokenizer } = g.add("tokenizer", ngramTokenizer, { size: 1024 }, { text: text.train })
  const { tokens: train } = g.add("tokens/train", encodeText, {}, { tokenizer, text: text.train })
  const { tokens: heldOut } = g.add("tokens/held-out", encodeText, { limit: 2048 }, { tokenizer, text: text.heldOut })
  const { substrate } = g.add("glyphs", glyphSubstrate, { width }, { tokenizer })
  const repetitions = g.map("seed", Array.from({ length: seeds }, (_, seed) => ({ seed })), (h, { seed }) => {
    const salt = `${seed}`
    const { model: base } = h.add("base", pretrain, { width, blocks: 3, steps: 300, context: 64 }, { substrate, tokens: train }, { salt })
    const goOn = (locales: readonly string[]): ModelOutput =>
      h.add(`on/${locales.join("-")}`, pretrain, { locales: [...locales], blocks: 0, trains: "all", steps: 150, lr: 1e-3, context: 64 }, { substrate, tokens: train, below: base }, { salt }).model
    const models = [goOn(["ru"]), goOn(["zh"])]
    const merged: Readonly<Record<string, ModelOutput>> = {
      "base": base,
      "russian": models[0] as ModelOutput,
      "chinese": models[1] as ModelOutput,
      "both-languages": goOn(["ru", "zh"]),
      "average": h.add("average", mergeModelsLinear, {}, { models }).model,
      "slerp": h.add("slerp", mergeModelsSlerp, {}, { models }).model,
      "multislerp": h.add("multislerp", mergeModelsMultislerp, {}, { base, models }).model,
      "task-arithmetic": h.add("task-arithmetic", mergeModelsTaskArithmetic, { lambda: 0.7 }, { base, models }).model,
      "ties": h.add("ties", mergeModelsTies, { lambda: 1 }, { base, models }).model,
      "dare-ties": h.add("dare-ties", mergeModelsDareTies, { density: [0.7] }, { base, models }, { salt }).model,
      "breadcrumbs": h.add("breadcrumbs", mergeModelsBreadcrumbs, { lambda: 0.5, density: [0.85] }, { base, models }).model,
      "model-stock": h.add("model-stock", mergeModelsModelStock, {}, { base, models }).model,
    }
    const logits = models.map((model, i) => h.add(`logits/${i}`, expertLogits, {}, { model, substrate, tokens: heldOut }).logits)
    const together = h.add("ensemble", compose, { rule: "logit-mean" }, { experts: logits }).scores
    return [
      ...Object.entries(merged).map(([name, model]) => [name, h.add(`score/${name}`, scoreText, {}, { model, substrate, tokens: heldOut }).scores] as const),
      ["ensemble", together] as const,
    ].map(([name, scores]) => [name, h.add(`bits/${name}`, bitsPerCharacter, {}, { scores }).bits] as const)
  })
  const methods = (repetitions[0] ?? []).map(([name]) => name)
  g.add("methods", compareMethods, {
    methods, figure: "mix", lower: true, title: "Russian and Chinese, from one base: bits per character",
    claims: [
      { better: "average", worse: "russian" }, { better: "average", worse: "chinese" }, { better: "average", worse: "base" }, { better: "model-stock", worse: "average" },
      { better: "ensemble", worse: "average" }, { better: "both-languages", worse: "average" },
    ],
  }, { metrics: methods.flatMap((_, i) => repetitions.map((of) => (of[i] as (typeof of)[number])[1])) })
})

/** Seconds instead of minutes, for tests. */
export const tiny = {
  "seeds": 1, "width": 32, "text.limit": 3000, "tokenizer.size": 384, "tokens/held-out.limit": 128, "*.steps": 8, "*.context": 32, "*.heads": 2, "*.batch": 4, "*base.blocks": 1,
}
