/**
 * Language models merged: a GPT is trained on English, Russian and Chinese together, then one copy goes on with Russian and one with Chinese, all
 * weights trained. Each merge of the two is measured on held-out text of all three languages, in bits per character, beside the copies, their
 * ensemble and a copy that goes on with both.
 *
 * Expected, before the first run: the average below either copy, and model stock below the average, as it stays nearer to the base that knows
 * all three; the ensemble below the average; going on with both below every merge. Of the methods that look at text (added later, with
 * what is expected of them): RegMean++ below RegMean below the average, and Fisher below the average. Fewer bits are better.
 */
import { subgraph } from "#src"
import {
  compose, expertLogits, mergeModelsBreadcrumbs, mergeModelsDareTies, mergeModelsFisher, mergeModelsLinear, mergeModelsModelStock, mergeModelsMultislerp, mergeModelsRegmean,
  mergeModelsRegmeanPlus, mergeModelsSlerp, mergeModelsTaskArithmetic, mergeModelsTies, modelFisherInformation,
} from "#nodes"
import { alone, bySeed, fewerBits } from "./parts/experiment.ts"
import { copies, languages, params, tiny as small, type ModelOutput } from "./parts/language-copies.ts"

export const text = subgraph({ params, inputs: {} }, (g, { seeds, width, corpus }) => {
  const material = languages(g, width, corpus)
  const repetitions = bySeed(g, seeds, (h, salt) => {
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
      "breadcrumbs": h.add("breadcrumbs", mergeModelsBreadcrumbs, { lambda: 0.5, density: [0.85], gamma: [0.01] }, { base, models }).model,
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
  return [{
    title: "Russian and Chinese, from one base",
    figure: "mix",
    expected: [
      fewerBits("average", "russian", "The average has fewer bits than the Russian copy"),
      fewerBits("average", "chinese", "The average has fewer bits than the Chinese copy"),
      fewerBits("average", "base", "The average has fewer bits than the base"),
      fewerBits("model-stock", "average", "Model stock has fewer bits than the average"),
      fewerBits("ensemble", "average", "The ensemble has fewer bits than the average"),
      fewerBits("both-languages", "average", "Going on with both languages has fewer bits than the average"),
      fewerBits("regmean-plus", "regmean", "RegMean++ has fewer bits than RegMean"),
      fewerBits("regmean", "average", "RegMean has fewer bits than the average"),
      fewerBits("fisher", "average", "Fisher merging has fewer bits than the average"),
    ],
    repetitions,
  }]
})

export default alone("text", text)

/** Seconds instead of minutes, for tests. */
export const tiny = { ...small, "*.steps": 8, "*base.blocks": 1, "*.windows": 4 }
