/**
 * A GPT-like language model over a substrate: its configuration and its weights, named as in `src/nn/gpt.ts`. The frozen
 * substrate itself is not in it; a trained one (the control) is, under `substrate`. A block may have expert layers in place of its
 * MLP (`src/nn/expert-layer.ts`).
 */
import * as t from "io-ts"
import { tensorsPort, type PortValue } from "#src"

/** One stage of training, and what it took: counted in the program that ran, not estimated. */
export const Stage = t.readonly(
  t.type({
    /** Blocks added. */
    blocks: t.number,
    steps: t.number,
    tokens: t.number,
    /** Of all its steps, as `cost` counts them. */
    flops: t.number,
    /** Numbers that received gradients. */
    activeParams: t.number,
    /** Bytes of those gradients and of the optimiser's moments. */
    stateBytes: t.number,
    /** Largest sum of bytes alive at once while a step runs; and the same without weights and moments, which are there all the time. */
    peakBytes: t.number,
    workBytes: t.number,
    /** Largest difference of logits, on one batch, between weights beside adapters and weights with adapters in them; 0 without adapters. */
    mergeError: t.number,
  }),
)
export type Stage = t.TypeOf<typeof Stage>

/** A stage that took nothing. */
export const untrained = (blocks: number): Stage => ({ blocks, steps: 0, tokens: 0, flops: 0, activeParams: 0, stateBytes: 0, peakBytes: 0, workBytes: 0, mergeError: 0 })

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
    /** How the model came to be, first stage first; of a merged model, the stages of all that went into it. */
    stages: t.readonlyArray(Stage),
  }),
)

export const model = tensorsPort("model", ModelMeta)
export type Model = PortValue<typeof model>

/** For each tensor of a model one of the same name and shape: how much each weight matters. */
export const modelImportance = tensorsPort("model-importance", ModelMeta)
