/**
 * Language models merged: a GPT is trained on English, Russian and Chinese together, then one copy goes on with Russian and one with Chinese, all
 * weights trained. Each merge of the two is measured on held-out text of all three languages, in bits per character, beside the copies, their
 * ensemble and a copy that goes on with both.
 *
 * Expected, before the first run: the average below either copy, and model stock below the average, as it stays nearer to the base that knows
 * all three; the ensemble below the average; going on with both below every merge. Of the methods that look at text (added later, with
 * what is expected of them): RegMean++ below RegMean below the average, and Fisher below the average. Fewer bits are better.
 */
import { graph } from "#src"
import {
  compareMethods, compose, expertLogits, mergeModelsBreadcrumbs, mergeModelsDareTies, mergeModelsFisher, mergeModelsLinear, mergeModelsModelStock, mergeModelsMultislerp, mergeModelsRegmean,
  mergeModelsRegmeanPlus, mergeModelsSlerp, mergeModelsTaskArithmetic, mergeModelsTies, modelFisherInformation,
} from "#nodes"
import { copies, languages, params, tiny as small, type ModelOutput } from "./parts/language-copies.ts"

export default graph("text", { params }, (g, { seeds, width }) => {
  const material = languages(g, width)
  const repetitions = g.map("seed", Array.from({ length: seeds }, (_, seed) => ({ seed })), (h, { seed }) => {
    const salt = `${seed}`
    const { base, goOn, score, bits } = copies(h, salt, material)
    const models = [goOn("ru"), goOn("zh")]
    const locales = [["ru"], ["zh"]]
    const { substrate, train: tokens } = material
    const importances = models.map((model, i) => h.add(`fisher/${i}`, modelFisherInformation, { locales: locales[i] as string[] }, { model, substrate, tokens }, { salt }).importance)
    const merged: Readonly<Record<string, ModelOutput>> = {
      "base": base,
      "russian": models[0] as ModelOutput,
      "chinese": models[1] as ModelOutput,
      "both-languages": goOn("ru", "zh"),
      "average": h.add("average", mergeModelsLinear, {}, { models }).model,
      "slerp": h.add("slerp", mergeModelsSlerp, {}, { models }).model,
      "multislerp": h.add("multislerp", mergeModelsMultislerp, {}, { base, models }).model,
      "task-arithmetic": h.add("task-arithmetic", mergeModelsTaskArithmetic, { lambda: 0.7 }, { base, models }).model,
      "ties": h.add("ties", mergeModelsTies, { lambda: 1 }, { base, models }).model,
      "dare-ties": h.add("dare-ties", mergeModelsDareTies, { density: [0.7] }, { base, models }, { salt }).model,
      "breadcrumbs": h.add("breadcrumbs", mergeModelsBreadcrumbs, { lambda: 0.5, density: [0.85] }, { base, models }).model,
      "model-stock": h.add("model-stock", mergeModelsModelStock, {}, { base, models }).model,
      "fisher": h.add("fisher", mergeModelsFisher, {}, { models, importances }).model,
      "regmean": h.add("regmean", mergeModelsRegmean, { locales }, { models, substrate, tokens }).model,
      "regmean-plus": h.add("regmean-plus", mergeModelsRegmeanPlus, { locales }, { models, substrate, tokens }).model,
    }
    const logits = models.map((model, i) => h.add(`logits/${i}`, expertLogits, {}, { model, substrate: material.substrate, tokens: material.heldOut }).logits)
    const together = h.add("ensemble", compose, { rule: "logit-mean" }, { experts: logits }).scores
    return [
      ...Object.entries(merged).map(([name, model]) => bits(name, score(name, model))),
      bits("ensemble", together),
    ]
  })
  const methods = (repetitions[0] ?? []).map(([name]) => name)
  g.add("methods", compareMethods, {
    methods, figure: "mix", lower: true, title: "Russian and Chinese, from one base: bits per character",
    claims: [
      { better: "average", worse: "russian" }, { better: "average", worse: "chinese" }, { better: "average", worse: "base" }, { better: "model-stock", worse: "average" },
      { better: "ensemble", worse: "average" }, { better: "both-languages", worse: "average" },
      { better: "regmean-plus", worse: "regmean" }, { better: "regmean", worse: "average" }, { better: "fisher", worse: "average" },
    ],
  }, { metrics: methods.flatMap((_, i) => repetitions.map((of) => (of[i] as (typeof of)[number])[1])) })
})

/** Seconds instead of minutes, for tests. */
export const tiny = { ...small, "*.steps": 8, "*base.blocks": 1, "*.windows": 4 }
