/** Everything an expert says about held-out text, kept so that compositions need not run it again. */
import { defineStream, must, ndarray, one, stream } from "#src"
import { chunkRows, logits } from "../port/logits.ts"
import { model } from "../port/model.ts"
import { scores } from "../port/scores.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { scoreTensors, scoreWindows } from "./score-windows.ts"

export const expertLogits = defineStream({
  id: "model/expert-logits",
  module: import.meta.url,
  title: "Logits of an expert on held-out text",
  params: {},
  inputs: { model: one(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { logits: stream(logits), scores: stream(scores) },
  onDevice: true,
  run: async function* (inputs, _, context) {
    const meta = { locales: inputs.tokens.meta.locales }
    const ids = must(inputs.tokens.tensors["ids"], "tokens.ids").data as Int32Array
    for await (const chunk of scoreWindows(inputs.model, inputs.substrate, inputs.tokens, { wantLogits: true, chunk: chunkRows, context })) {
      const n = chunk.logp.length
      const scored = scoreTensors(inputs.tokens, chunk)
      const everything = ndarray("f32", [n, inputs.model.meta.vocabulary], must(chunk.logits, "logits"))
      const target = ndarray("i32", [n], ids.slice(chunk.first, chunk.first + n))
      yield { logits: { meta, tensors: { ...scored, logits: everything, target } }, scores: { meta, tensors: scored } }
    }
    return {}
  },
})
