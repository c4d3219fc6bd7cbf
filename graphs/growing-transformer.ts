/**
 * Growing Transformers: modular composition and layer-wise expansion on a frozen substrate (Bochkov, arXiv 2507.07129),
 * at a size that runs in minutes on two cores. Two specialists share nothing but a frozen matrix of glyphs; their
 * logits are averaged; and a third model grows block by block on the same matrix.
 */
import { graph, integer, knob, type Handle } from "#src"
import {
  bitsPerCharacter, compose, decodeText, encodeText, expertLogits, generate, glyphSubstrate, localisedText, ngramTokenizer, pretrain, prompts,
  scoreText, type Rule,
} from "#nodes"

const specialities = ["ru", "zh"] as const
const beginnings = { en: "The function ", ru: "Функция ", zh: "该函数" }

const compositions: { readonly [path: string]: Rule } = {
  compose: "logit-mean",
  "compose/probability": "probability-mean",
  "compose/posterior": "posterior",
}
type ModelOutput = Handle<(typeof pretrain)["outputs"]>["model"]

const params = {
  stages: integer({ min: 1, max: 12, default: 3, doc: "Growth stages, one block each" }),
  width: integer({ min: 16, max: 4096, default: 128, doc: "Width of the models; the substrate is as wide where its kind allows" }),
}

export default graph(
  "growing-transformer",
  { params },
  (g, { stages, width }) => {
    const text = g.add("text", localisedText, { locales: ["en", "ru", "zh"] })
    const { tokenizer } = g.add("tokenizer", ngramTokenizer, { size: 2048 }, { text: text.train })
    const train = g.add("tokens/train", encodeText, {}, { tokenizer, text: text.train })
    const heldOut = g.add("tokens/held-out", encodeText, { limit: 6144 }, { tokenizer, text: text.heldOut })
    const opening = g.add("prompts", prompts, { texts: beginnings })
    const start = g.add("tokens/prompts", encodeText, {}, { tokenizer, text: opening.documents })
    const { substrate } = g.add("glyphs", glyphSubstrate, { width }, { tokenizer })

    const sample = (name: string, models: readonly ModelOutput[], rule: Rule = "logit-mean") => {
      const written = g.add(`generate/${name}`, generate, { rule }, { models, substrate, prompts: start.tokens })
      g.add(`sample/${name}`, decodeText, {}, { tokenizer, prompts: start.tokens, tokens: written.tokens })
    }

    const experts = specialities.map((locale) =>
      g.add(`expert/${locale}`, pretrain, { width, locales: ["en", locale], blocks: 4, steps: 400 }, { substrate, tokens: train.tokens }),
    )
    const logits = experts.map(({ model }, i) =>
      g.add(`logits/${specialities[i]}`, expertLogits, {}, { model, substrate, tokens: heldOut.tokens }),
    )
    logits.forEach(({ scores }, i) => g.add(`bits/${specialities[i]}`, bitsPerCharacter, {}, { scores }))
    experts.forEach(({ model }, i) => sample(specialities[i] as string, [model]))

    for (const [path, rule] of Object.entries(compositions)) {
      const weight = knob(0.5, { min: 0, max: 1, step: 0.01 })
      const { scores } = g.add(path, compose, { rule, weight }, { experts: logits.map((expert) => expert.logits) })
      g.add(`bits/${path}`, bitsPerCharacter, {}, { scores })
      sample(path, experts.map(({ model }) => model), rule)
    }

    let below: ModelOutput | undefined
    for (let stage = 1; stage <= stages; stage++) {
      const grown = g.add(`grow/${stage}`, pretrain, { width, blocks: 1, steps: 250 }, { substrate, tokens: train.tokens, below })
      const { scores } = g.add(`score/grow-${stage}`, scoreText, {}, { model: grown.model, substrate, tokens: heldOut.tokens })
      g.add(`bits/grow-${stage}`, bitsPerCharacter, {}, { scores })
      sample(`grow-${stage}`, [grown.model])
      below = grown.model
    }
  },
)

/** Small enough for a test: the same graph, seconds instead of minutes. */
export const tiny = {
  "text.limit": 4000,
  "tokenizer.size": 512,
  "tokens/held-out.limit": 256,
  width: 32,
  "expert/*.blocks": 1,
  "expert/*.steps": 12,
  "grow/*.steps": 8,
  "*.context": 32,
  "*.batch": 4,
  "*.heads": 2,
  "generate/*.length": 8,
}
