/** Everything an expert says about held-out text, kept so that compositions need not run it again. */
import { defineStream, must, one, stream } from "#src"
import { chunkRows, logits } from "../port/logits.ts"
import { model } from "../port/model.ts"
import { scores } from "../port/scores.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { scoreWindows } from "./score-windows.ts"

export const expertLogits = defineStream({
  id: "model/expert-logits",
  module: import.meta.url,
  title: "Logits of an expert on held-out text",
  params: {},
  inputs: { model: one(model), substrate: one(substrate), tokens: one(stream(tokens)) },
  outputs: { logits: stream(logits), scores: stream(scores) },
  onDevice: true,
  run: async function* (inputs, _, context) {
    for await (const { scores: scored, logits: said, target } of scoreWindows(inputs.model, inputs.substrate, inputs.tokens, { wantLogits: true, chunk: chunkRows, context })) {
      yield { logits: { meta: scored.meta, tensors: { ...scored.tensors, logits: must(said, "logits"), target } }, scores: scored }
    }
    return {}
  },
})
