/**
 * Learned growth (LiGO, Wang et al., ICLR 2023, arXiv 2303.00980): a wider and deeper model whose weights are M(small), after the operator M
 * (`growth-operator.ts`) has been trained for a few steps on the loss of the larger model, the small one's weights staying as
 * they are. What comes out is an ordinary model, to be trained on; its last stage is the learning of M. Before the first step M copies,
 * so without noise and steps, and in width alone, the larger model says what the small one says.
 */
import { crossEntropy, curvePort, defineKind, gptForward, integer, must, one, real, words, type Exprs, type Tensors } from "#src"
import { requireFit, requireVocabulary } from "../port/fit.ts"
import { model } from "../port/model.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { makeBatches } from "./batches.ts"
import { calculate } from "./calculate.ts"
import { lossCurve } from "./curve.ts"
import { grownWeights, startOperator } from "./growth-operator.ts"
import { makeTask, stageOf, train } from "./train.ts"
import { widerConfig } from "./wider.ts"

export const ligo = defineKind({
  id: "trainer/ligo",
  module: import.meta.url,
  title: "Learn to grow a model",
  reference: "https://arxiv.org/abs/2303.00980",
  params: {
    times: integer({ min: 1, max: 16, default: 2, doc: "How much wider, and with how many times the heads" }),
    blocks: integer({ min: 0, max: 64, default: 0, doc: "Blocks more than the small model has" }),
    noise: real({ min: 0, max: 1, default: 0.01, doc: "Standard deviation of the noise on the operator at the start, without which copies stay copies" }),
    locales: words({ default: [], doc: "Languages to train on, taking turns; none means all of the corpus" }),
    context: integer({ min: 8, max: 4096, default: 128, doc: "Window, tokens" }),
    batch: integer({ min: 1, max: 1024, default: 8, doc: "Windows a step" }),
    steps: integer({ min: 0, max: 10_000_000, default: 100, doc: "Optimiser steps on the operator" }),
    lr: real({ min: 1e-6, max: 1, default: 1e-3, doc: "Peak learning rate" }),
    warmup: integer({ min: 1, max: 100_000, default: 10, doc: "Steps of linear warm-up; after them the rate falls as 1/sqrt(step)" }),
    clip: real({ min: 0.01, max: 1000, default: 1, doc: "Largest global norm of the gradient" }),
  },
  inputs: { model: one(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { model, curve: curvePort },
  seeded: true,
  onDevice: true,
  cores: 2,
  extends: ["steps"],
  run: async ({ model: small, substrate: given, tokens: text }, params, context) => {
    const { meta } = small
    const config = { ...widerConfig(small, params.times), blocks: meta.blocks + params.blocks }
    const matrix = small.tensors["substrate"] ?? must(given.tensors["matrix"], "substrate.matrix")
    requireFit(small, { ...given, tensors: { matrix } })
    requireVocabulary(small, text)

    const constants = { ...small.tensors, substrate: matrix }
    const operator = startOperator(meta, config, params.noise, context.random.fork("init"))
    const loss = (x: Exprs) => crossEntropy(gptForward(config, grownWeights(meta, config, x), must(x["substrate"], "substrate"), must(x["input"], "input")), must(x["target"], "target"))
    const task = makeTask(operator, constants, loss, { ...params, weightDecay: 0 })
    const batches = makeBatches(text, { ...params, rows: params.batch, random: context.random.fork("data") })
    const { tensors, losses } = await train(task, params.steps, batches, context)

    const all: Tensors = Object.fromEntries(Object.keys({ ...operator, ...constants }).map((name) => [name, must(tensors[name], name)]))
    const grown = await calculate(all, (x) => grownWeights(meta, config, x), context)
    const table: Tensors = small.tensors["substrate"] === undefined ? {} : { substrate: matrix }
    return {
      model: {
        meta: { ...config, context: Math.max(meta.context, params.context), stages: [...meta.stages, stageOf(task, params.blocks, params.steps)] },
        tensors: { ...grown, ...table },
      },
      curve: lossCurve(losses),
    }
  },
})
