/** What a model makes of held-out text: the log-probability of every token. */
import { defineStream, one, stream } from "#src"
import { model } from "../port/model.ts"
import { scores } from "../port/scores.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { scoreWindows } from "./score-windows.ts"

export const scoreText = defineStream({
  id: "model/score-text",
  module: import.meta.url,
  title: "Score held-out text",
  params: {},
  inputs: { model: one(model), substrate: one(substrate), tokens: one(stream(tokens)) },
  outputs: { scores: stream(scores) },
  onDevice: true,
  run: async function* (inputs, _, context) {
    for await (const { scores: scored } of scoreWindows(inputs.model, inputs.substrate, inputs.tokens, { wantLogits: false, context })) yield { scores: scored }
    return {}
  },
})
