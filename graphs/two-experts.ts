/** Two specialists on one frozen substrate, composed: the smallest graph that says something. Copy it and change it. */
import { graph, knob } from "#src"
import { bitsPerCharacter, compose, encodeText, expertLogits, glyphSubstrate, localisedText, ngramTokenizer, pretrain } from "#nodes"

export default graph("two-experts", (g) => {
  const text = g.add("text", localisedText, {})
  const { tokenizer } = g.add("tokenizer", ngramTokenizer, { size: 2048 }, { text: text.train })
  const train = g.add("train", encodeText, {}, { tokenizer, text: text.train })
  const heldOut = g.add("held-out", encodeText, { limit: 4096 }, { tokenizer, text: text.heldOut })
  const { substrate } = g.add("glyphs", glyphSubstrate, { width: 64 }, { tokenizer })
  const experts = ["ru", "zh"].map((locale) => {
    const { model } = g.add(`expert/${locale}`, pretrain, { locales: ["en", locale], blocks: 2, steps: 200 }, { substrate, tokens: train.tokens })
    return g.add(`logits/${locale}`, expertLogits, {}, { model, substrate, tokens: heldOut.tokens }).logits
  })
  const { scores } = g.add("compose", compose, { weight: knob(0.5, { min: 0, max: 1 }) }, { experts })
  g.add("bits", bitsPerCharacter, {}, { scores })
})

/** Seconds instead of half a minute, for tests. */
export const tiny = {
  "text.limit": 4000,
  "tokenizer.size": 512,
  "held-out.limit": 256,
  "glyphs.width": 32,
  "expert/*.blocks": 1,
  "expert/*.steps": 8,
  "*.context": 32,
  "*.batch": 4,
  "*.heads": 2,
}
