/**
 * Trains a GPT-like model on a frozen substrate: from scratch (a specialist), or as one stage of growth, when a model
 * comes in at `below`: its blocks stay as they are, new ones go on top, the head trains (arXiv 2507.07129, section 3.2). Params
 * say otherwise for the controls of that claim: how new blocks begin, what trains, and for how long.
 *
 * AdamW with global-norm clipping, all of it one program. The learning rate depends on the step alone, so more `steps`
 * continue where fewer ended, bit for bit.
 */
import { choice, crossEntropy, curvePort, defineKind, gptForward, integer, must, NodeFailure, one, optional, real, tablePort, words, type Exprs } from "#src"
import { model, type Model } from "../port/model.ts"
import { rate } from "../port/rate.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { makeBatches } from "./batches.ts"
import { lossCurve } from "./curve.ts"
import { frozenTable } from "./frozen.ts"
import { mergeAdapters } from "./merge-adapters.ts"
import { blockStarts } from "./new-blocks.ts"
import { planTraining, tableStages, trainable } from "./plan.ts"
import { makeTask, stageOf, train } from "./train.ts"

/** The most steps whose floating-point operations are not more than those of the budget. */
const stepsWithin = (budget: Model, flopsPerStep: number): number => {
  const steps = Math.floor(budget.meta.stages.reduce((sum, { flops }) => sum + flops, 0) / flopsPerStep)
  if (steps === 0) throw new NodeFailure("the model at budget took less than one step of this one")
  return steps
}

export const pretrain = defineKind({
  id: "trainer/pretrain",
  module: import.meta.url,
  title: "Train blocks on a frozen substrate",
  reference: "https://arxiv.org/abs/2507.07129",
  params: {
    locales: words({ default: [], doc: "Languages to train on, taking turns; none means all of the corpus" }),
    width: integer({ min: 0, max: 16384, default: 0, doc: "Width of the model, a multiple of the substrate's; 0 for the substrate's" }),
    blocks: integer({ min: 0, max: 64, default: 4, doc: "New blocks; 0 goes on training the model below" }),
    heads: integer({ min: 1, max: 64, default: 4, doc: "Attention heads a block" }),
    start: choice(blockStarts, { default: "random", doc: "How blocks on top of a model begin: random; zero, so that at first they change nothing; copies of the blocks below" }),
    trains: choice(trainable, {
      default: "newest",
      doc: "What trains on top of a model: the newest blocks and the head; all; the newest, the head and low-rank adapters of all blocks below, merged at the end; the routers of expert layers",
    }),
    rank: integer({ min: 0, max: 4096, default: 0, doc: "Rank of the adapters; 0 for twice the width divided by the number of blocks" }),
    table: choice(tableStages, { default: "first", doc: "Stages in which a trainable substrate trains: the first, after which it is frozen, or all" }),
    context: integer({ min: 8, max: 4096, default: 128, doc: "Window, tokens" }),
    batch: integer({ min: 1, max: 1024, default: 8, doc: "Windows a step" }),
    steps: integer({ min: 0, max: 10_000_000, default: 500, doc: "Optimiser steps; with a model at budget, as many as take its floating-point operations" }),
    lr: real({ min: 1e-6, max: 1, default: 3e-3, doc: "Peak learning rate; the one that comes in at rate goes before" }),
    warmup: integer({ min: 1, max: 100_000, default: 50, doc: "Steps of linear warm-up; after them the rate falls as 1/sqrt(step)" }),
    weightDecay: real({ min: 0, max: 1, default: 0.1, doc: "Decoupled weight decay of matrices" }),
    clip: real({ min: 0.01, max: 1000, default: 1, doc: "Largest global norm of the gradient" }),
  },
  inputs: { substrate: one(substrate), tokens: one(tokens), below: optional(model), budget: optional(model), rate: optional(rate) },
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
    // A trained substrate is among the weights, or below among the frozen ones, under the same name.
    const given = plan.trained["substrate"] === undefined ? { substrate: must(inputs.substrate.tensors["matrix"], "substrate.matrix") } : {}
    const constants = { ...given, ...plan.frozen }
    const loss = (x: Exprs) => {
      const of = plan.weights(x)
      return crossEntropy(gptForward(plan.config, of, must(of["substrate"], "substrate"), must(x["input"], "input")), must(x["target"], "target"))
    }
    const task = makeTask(plan.trained, constants, loss, { ...params, lr: inputs.rate?.lr ?? params.lr })
    const steps = inputs.budget === undefined ? params.steps : stepsWithin(inputs.budget, task.cost.flops)
    const { tensors, losses } = await train(task, steps, batches, context)
    const merged = await mergeAdapters(plan, Object.fromEntries([...Object.keys(plan.trained), ...Object.keys(constants)].map((name) => [name, must(tensors[name], name)])), batches(0), context)
    const names = [...Object.keys(plan.trained), ...Object.keys(plan.frozen)].filter((name) => !name.startsWith("lora/")).sort()
    return {
      model: {
        meta: { ...plan.config, context: params.context, stages: [...plan.before, { ...stageOf(task, params.blocks, steps), mergeError: merged.error }] },
        tensors: Object.fromEntries(names.map((name) => [name, must(merged.weights[name] ?? tensors[name], name)])),
      },
      curve: lossCurve(losses),
      frozen: frozenTable(constants, tensors),
    }
  },
})
