/** What a model makes of held-out text: the log-probability of every token. */
import { defineKind, one } from "#src"
import { model } from "../port/model.ts"
import { scores } from "../port/scores.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { scoreTensors, scoreWindows } from "./score-windows.ts"

export const scoreText = defineKind({
  id: "model/score-text",
  module: import.meta.url,
  title: "Score held-out text",
  params: {},
  inputs: { model: one(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { scores },
  onDevice: true,
  run: async (inputs, _, context) => {
    const { logp } = await scoreWindows(inputs.model, inputs.substrate, inputs.tokens, { wantLogits: false, context })
    return { scores: { meta: { locales: inputs.tokens.meta.locales }, tensors: scoreTensors(inputs.tokens, logp) } }
  },
})
