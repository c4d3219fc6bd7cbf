/**
 * A GPT-like language model over a substrate: its configuration and its weights, named as in `src/nn/gpt.ts`. The frozen
 * substrate itself is not in it; a trained one (the control) is, under `substrate`.
 */
import * as t from "io-ts"
import { tensorsPort, type PortValue } from "#src"

export const ModelMeta = t.readonly(
  t.type({
    vocabulary: t.number,
    /** Width of the substrate's rows, and of the residual stream. */
    substrateWidth: t.number,
    width: t.number,
    heads: t.number,
    blocks: t.number,
    /** Longest sequence it was trained on, in tokens. */
    context: t.number,
    /** How the blocks came to be, lowest first: blocks added and the steps they were trained. */
    stages: t.readonlyArray(t.readonly(t.type({ blocks: t.number, steps: t.number }))),
  }),
)

export const model = tensorsPort("model", ModelMeta)
export type Model = PortValue<typeof model>
