/** Everything an expert says about held-out text, kept so that compositions need not run it again. */
import { defineKind, must, ndarray, one } from "#src"
import { logits } from "../port/logits.ts"
import { model } from "../port/model.ts"
import { scores } from "../port/scores.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { scoreTensors, scoreWindows } from "./score-windows.ts"

export const expertLogits = defineKind({
  id: "model/expert-logits",
  module: import.meta.url,
  title: "Logits of an expert on held-out text",
  params: {},
  inputs: { model: one(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { logits, scores },
  onDevice: true,
  run: async (inputs, _, context) => {
    const { logp, logits: all } = await scoreWindows(inputs.model, inputs.substrate, inputs.tokens, { wantLogits: true, context })
    const meta = { locales: inputs.tokens.meta.locales }
    const scored = scoreTensors(inputs.tokens, logp)
    const everything = ndarray("f32", [logp.length, inputs.model.meta.vocabulary], must(all, "logits"))
    return {
      logits: { meta, tensors: { ...scored, logits: everything, target: must(inputs.tokens.tensors["ids"], "tokens.ids") } },
      scores: { meta, tensors: scored },
    }
  },
})
