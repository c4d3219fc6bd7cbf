/** The main graph without what writes text: two experts that are composed, and a stack that grows. For tests of a live page. */
import { graph, integer, knob, type Handle } from "#src"
import { bitsPerCharacter, compose, encodeText, expertLogits, glyphSubstrate, localisedText, ngramTokenizer, pretrain, scoreText } from "#nodes"

const params = { stages: integer({ min: 1, max: 6, default: 2, doc: "Growth stages, one block each" }) }
const training = { blocks: 1, steps: 8, context: 32, batch: 4, heads: 2 }

export default graph("small-growing", { params }, (g, { stages }) => {
  const text = g.add("text", localisedText, { limit: 4000 })
  const { tokenizer } = g.add("tokenizer", ngramTokenizer, { size: 512 }, { text: text.train })
  const train = g.add("tokens/train", encodeText, {}, { tokenizer, text: text.train })
  const heldOut = g.add("tokens/held-out", encodeText, { limit: 256 }, { tokenizer, text: text.heldOut })
  const { substrate } = g.add("glyphs", glyphSubstrate, { width: 32 }, { tokenizer })
  const experts = ["ru", "zh"].map((locale) => {
    const { model } = g.add(`expert/${locale}`, pretrain, { ...training, locales: ["en", locale] }, { substrate, tokens: train.tokens })
    return g.add(`logits/${locale}`, expertLogits, {}, { model, substrate, tokens: heldOut.tokens }).logits
  })
  const { scores } = g.add("compose", compose, { weight: knob(0.5, { min: 0, max: 1, step: 0.01 }) }, { experts })
  g.add("bits/compose", bitsPerCharacter, {}, { scores })
  let below: Handle<(typeof pretrain)["outputs"]>["model"] | undefined
  for (let stage = 1; stage <= stages; stage++) {
    const { model } = g.add(`grow/${stage}`, pretrain, training, { substrate, tokens: train.tokens, below })
    const scored = g.add(`score/grow-${stage}`, scoreText, {}, { model, substrate, tokens: heldOut.tokens })
    g.add(`bits/grow-${stage}`, bitsPerCharacter, {}, { scores: scored.scores })
    below = model
  }
})
