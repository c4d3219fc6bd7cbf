/** Experts of one language each beside English, on the frozen glyphs and on embeddings of their own, and every way to make one of them. */
import { compose, composeWeighted, documentBits, expertLogits, finetuneComposed, learnWeights, mergeModels, tokenBounds } from "#nodes"
import type { Bench, ModelOut, SubstrateOut } from "./bench.ts"

export interface CompositionShape {
  readonly specialities: readonly string[]
  readonly blocks: number
  /** Steps of an expert; a model of all languages has those of all experts together. */
  readonly steps: number
  /** Steps of routers, and of the output layers of a composition. */
  readonly tuning: number
}

const localesOf = (locale: string): readonly string[] => (locale === "en" ? ["en"] : ["en", locale])
/** English comes as often as in the data of all experts. */
const together = (specialities: readonly string[]): readonly string[] => specialities.flatMap(localesOf)

export const compositionArms = (bench: Bench, own: (locale: string) => SubstrateOut, shape: CompositionShape): void => {
  const { train, cost } = bench
  const { specialities, blocks, steps } = shape
  expertArms(bench, "frozen", () => bench.material.glyphs, shape)
  expertArms(bench, "own", own, shape)
  const all = together(specialities)
  for (const [name, times] of [["joint-1x", 1], ["joint-2x", 2]] as const) {
    const { model } = train(name, { blocks: times * blocks, steps: specialities.length * steps, locales: all }, { salt: "joint" })
    cost(name, model)
  }
}

/** `set` is in the names of all arms. */
const expertArms = (bench: Bench, set: "frozen" | "own", substrateOf: (locale: string) => SubstrateOut, { specialities, blocks, steps, tuning }: CompositionShape): void => {
  const { g, train, bits, score, found, figures, material, seed } = bench
  const { tokens, heldOut, dev } = material
  const rate = material.rates[set === "frozen" ? "glyph" : "trainable"]
  const experts = specialities.map((locale) => {
    const substrate = substrateOf(locale)
    const { model } = train(`${set}/expert-${locale}`, { blocks, steps, locales: localesOf(locale) }, { salt: "expert", substrate, rate })
    const said = g.add(`logits/${set}/expert-${locale}`, expertLogits, {}, { model, substrate, tokens: heldOut })
    found[`long/${set}/expert-${locale}`] = g.add(`long/${set}/expert-${locale}`, documentBits, { shortest: 128 }, { scores: said.scores }).observations
    return { model, substrate, ...said }
  })
  const models = experts.map(({ model }) => model)
  const logits = experts.map((expert) => expert.logits)
  const substrate = experts[0]?.substrate ?? material.glyphs

  const weight = 1 / experts.length
  for (const rule of ["logit-mean", "probability-mean", "posterior"] as const) {
    const { scores } = g.add(`${set}/${rule}`, compose, { rule, weight }, { experts: logits })
    bits(`${set}/${rule}`, scores)
    found[`long/${set}/${rule}`] = g.add(`long/${set}/${rule}`, documentBits, { shortest: 128 }, { scores }).observations
    if (rule === "posterior") continue
    const { metric } = g.add(`bounds/${set}/${rule}`, tokenBounds, {}, { composed: scores, experts: experts.map((expert) => expert.scores) })
    figures(metric, `${set}/${rule}`, ["above mean", "above least"])
  }
  const devLogits = experts.map(({ model, substrate: of }, i) => g.add(`dev/${set}/expert-${specialities[i]}`, expertLogits, {}, { model, substrate: of, tokens: dev }).logits)
  const { weights } = g.add(`${set}/weights`, learnWeights, {}, { experts: devLogits })
  bits(`${set}/learned`, g.add(`${set}/learned`, composeWeighted, {}, { experts: logits, weights }).scores)

  const merge = (rule: "average" | "expert-layers" | "layer-swap", of: readonly ModelOut[]): ModelOut => g.add(`${set}/${rule}`, mergeModels, { rule }, { models: [...of] }).model
  score(`${set}/average`, merge("average", models), substrate)
  score(`${set}/layer-swap`, merge("layer-swap", models.slice(0, 2)), substrate)
  train(`${set}/expert-layers`, { blocks: 0, steps: tuning, trains: "router", locales: together(specialities) }, { salt: "router", substrate, rate, below: merge("expert-layers", models) })

  const [first, second] = models
  if (set === "own" || first === undefined || second === undefined) return
  const pair = { first, second, substrate, tokens }
  const tuned = g.add(`${set}/finetuned`, finetuneComposed, { steps: tuning, locales: [...together(specialities.slice(0, 2))] }, pair, { salt: `${seed}/finetuned` })
  const said = (["first", "second"] as const).map((which) => g.add(`logits/${set}/finetuned-${which}`, expertLogits, {}, { model: tuned[which], substrate, tokens: heldOut }).logits)
  bits(`${set}/finetuned`, g.add(`${set}/finetuned-mean`, compose, {}, { experts: said }).scores)
}
