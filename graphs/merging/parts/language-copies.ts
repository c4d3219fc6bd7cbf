/** What graphs of merged language models share: a GPT trained on three languages, and copies of it that go on with some of them. */
import { choice, integer, type Builder, type Handle } from "#src"
import { bitsPerCharacter, encodeText, glyphSubstrate, localisedText, ngramTokenizer, pretrain, scoreText } from "#nodes"
import { seeds } from "./experiment.ts"

export type ModelOutput = Handle<(typeof pretrain)["outputs"]>["model"]

export const params = {
  seeds,
  corpus: choice(["npm", "libreoffice-help"], { default: "npm", doc: "Text that models are trained on" }),
  width: integer({ min: 16, max: 4096, default: 64, doc: "Width of the models" }),
}

/** Text of three languages, its tokens, and the glyphs that all models stand on. */
export const languages = (g: Builder, width: number, corpus: "npm" | "libreoffice-help") => {
  const text = g.add("text", localisedText, { corpus, locales: ["en", "ru", "zh"] })
  const { tokenizer } = g.add("tokenizer", ngramTokenizer, { size: 1024 }, { text: text.train })
  const { tokens: train } = g.add("tokens/train", encodeText, {}, { tokenizer, text: text.train })
  const { tokens: heldOut } = g.add("tokens/held-out", encodeText, { limit: 2048 }, { tokenizer, text: text.heldOut })
  const { substrate } = g.add("glyphs", glyphSubstrate, { width }, { tokenizer })
  return { width, train, heldOut, substrate }
}

/** One repetition: the base, how a copy of it goes on, and what a model comes to on held-out text. */
export const copies = (h: Builder, salt: string, { width, train, heldOut, substrate }: ReturnType<typeof languages>) => {
  const { model: base } = h.add("base", pretrain, { width, blocks: 3, steps: 300, context: 64 }, { substrate, tokens: train }, { salt })
  const goOn = (...locales: readonly string[]): ModelOutput =>
    h.add(`on/${locales.join("-")}`, pretrain, { locales: [...locales], blocks: 0, trains: "all", steps: 150, lr: 1e-3, context: 64 }, { substrate, tokens: train, below: base }, { salt }).model
  const score = (name: string, model: ModelOutput) => h.add(`score/${name}`, scoreText, {}, { model, substrate, tokens: heldOut }).scores
  const bits = (name: string, scores: ReturnType<typeof score>) => [name, h.add(`bits/${name}`, bitsPerCharacter, {}, { scores }).bits] as const
  return { base, goOn, score, bits }
}

/** Seconds instead of minutes, for tests. */
export const tiny = {
  "seeds": 1, "width": 32, "text.limit": 3000, "tokenizer.size": 384, "tokens/held-out.limit": 128, "*.steps": 4, "*.context": 32, "*.heads": 2, "*.batch": 4,
}
