/**
 * Trains a GPT-like model on a frozen substrate: from scratch (a specialist), or as one stage of growth, when a model
 * comes in at `below`: its blocks stay as they are, new ones go on top, the head trains (arXiv 2507.07129, section 3.2).
 *
 * AdamW with global-norm clipping, all of it one program. The learning rate depends on the step alone, so more `steps`
 * continue where fewer ended, bit for bit.
 */
import { curvePort, defineKind, integer, NodeFailure, one, optional, real, tablePort, words } from "#src"
import { model } from "../port/model.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { makeBatches } from "./batches.ts"
import { lossCurve } from "./curve.ts"
import { planTraining } from "./plan.ts"
import { train } from "./train.ts"

export const pretrain = defineKind({
  id: "trainer/pretrain",
  module: import.meta.url,
  title: "Train blocks on a frozen substrate",
  reference: "https://arxiv.org/abs/2507.07129",
  params: {
    locales: words({ default: [], doc: "Languages to train on, taking turns; none means all of the corpus" }),
    width: integer({ min: 0, max: 16384, default: 0, doc: "Width of the model, a multiple of the substrate's; 0 for the substrate's" }),
    blocks: integer({ min: 1, max: 64, default: 4, doc: "New blocks" }),
    heads: integer({ min: 1, max: 64, default: 4, doc: "Attention heads a block" }),
    context: integer({ min: 8, max: 4096, default: 128, doc: "Window, tokens" }),
    batch: integer({ min: 1, max: 1024, default: 8, doc: "Windows a step" }),
    steps: integer({ min: 1, max: 10_000_000, default: 500, doc: "Optimiser steps" }),
    lr: real({ min: 1e-6, max: 1, default: 3e-3, doc: "Peak learning rate" }),
    warmup: integer({ min: 1, max: 100_000, default: 50, doc: "Steps of linear warm-up; after them the rate falls as 1/sqrt(step)" }),
    weightDecay: real({ min: 0, max: 1, default: 0.1, doc: "Decoupled weight decay of matrices" }),
    clip: real({ min: 0.01, max: 1000, default: 1, doc: "Largest global norm of the gradient" }),
  },
  inputs: { substrate: one(substrate), tokens: one(tokens), below: optional(model) },
  outputs: { model, curve: curvePort, frozen: tablePort },
  seeded: true,
  onDevice: true,
  cores: 2,
  extends: ["steps"],
  run: async (inputs, params, context) => {
    const plan = planTraining(inputs.substrate, inputs.below, params, context.random.fork("init"))
    const [vocabulary, rows] = [inputs.tokens.meta.vocabulary, plan.config.vocabulary]
    if (vocabulary !== rows) {
      const found = `the tokens come from a vocabulary of ${vocabulary}, the substrate has ${rows} rows`
      throw new NodeFailure(`${found}: both must come from one tokenizer`)
    }
    const batches = makeBatches(inputs.tokens, { ...params, rows: params.batch, random: context.random.fork("data") })
    const { weights, frozen, losses } = await train(plan, inputs.substrate, params, batches, context)
    return {
      model: { meta: { ...plan.config, context: params.context, stages: plan.stages }, tensors: weights },
      curve: lossCurve(losses),
      frozen,
    }
  },
})
