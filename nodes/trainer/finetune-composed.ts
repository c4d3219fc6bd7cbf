/**
 * Fine-tuning of two experts whose logits are averaged (arXiv 2507.07129v1, sections 3.1 and 4.1): their output layers train together on
 * the loss of the mean, everything else stays. They come out as two experts again, to be composed as before.
 */
import { add, crossEntropy, curvePort, defineKind, gptForward, integer, mul, must, NodeFailure, one, real, words, type Expr, type Exprs, type NdArray, type Tensors } from "#src"
import { model, type Model } from "../port/model.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { makeBatches } from "./batches.ts"
import { lossCurve } from "./curve.ts"
import { makeTask, stageOf, train } from "./train.ts"

const tuned = ["head/weight", "head/bias"]

const under = (prefix: string, of: Tensors): Tensors => Object.fromEntries(Object.entries(of).map(([name, x]) => [prefix + name, x]))
const within = (prefix: string, of: Exprs): Exprs => Object.fromEntries(Object.entries(of).flatMap(([name, x]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [])))

export const finetuneComposed = defineKind({
  id: "trainer/finetune-composed",
  module: import.meta.url,
  title: "Fine-tune two composed experts",
  reference: "https://arxiv.org/abs/2507.07129v1",
  params: {
    locales: words({ default: [], doc: "Languages to train on, taking turns; none means all of the corpus" }),
    context: integer({ min: 8, max: 4096, default: 128, doc: "Window, tokens" }),
    batch: integer({ min: 1, max: 1024, default: 8, doc: "Windows a step" }),
    steps: integer({ min: 0, max: 10_000_000, default: 100, doc: "Optimiser steps" }),
    lr: real({ min: 1e-6, max: 1, default: 1e-3, doc: "Peak learning rate" }),
    warmup: integer({ min: 1, max: 100_000, default: 20, doc: "Steps of linear warm-up; after them the rate falls as 1/sqrt(step)" }),
    weightDecay: real({ min: 0, max: 1, default: 0.1, doc: "Decoupled weight decay of matrices" }),
    clip: real({ min: 0.01, max: 1000, default: 1, doc: "Largest global norm of the gradient" }),
  },
  inputs: { first: one(model), second: one(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { first: model, second: model, curve: curvePort },
  seeded: true,
  onDevice: true,
  cores: 2,
  extends: ["steps"],
  run: async ({ first, second, substrate: given, tokens: text }, params, context) => {
    const models = [first, second]
    if (first.meta.vocabulary !== second.meta.vocabulary) throw new NodeFailure(`the first expert knows ${first.meta.vocabulary} tokens, the second ${second.meta.vocabulary}`)
    const matrix = must(given.tensors["matrix"], "substrate.matrix")
    const all = models.map(({ tensors }, j) => under(`${j}/`, { substrate: matrix, ...tensors }))
    const named: Tensors = { ...all[0], ...all[1] }
    const isTuned = (name: string): boolean => tuned.includes(name.slice(2))
    const of = (keep: (name: string) => boolean): Tensors => Object.fromEntries(Object.entries(named).filter(([name]) => keep(name)))
    const logits = (x: Exprs, { meta }: Model, j: number): Expr => {
      const own = within(`${j}/`, x)
      return gptForward(meta, own, must(own["substrate"], "substrate"), must(x["input"], "input"))
    }
    const loss = (x: Exprs): Expr => crossEntropy(mul(add(logits(x, first, 0), logits(x, second, 1)), 0.5), must(x["target"], "target"))
    const task = makeTask(of(isTuned), of((name) => !isTuned(name)), loss, params)
    const batches = makeBatches(text, { ...params, rows: params.batch, random: context.random.fork("data") })
    const { tensors, losses } = await train(task, params.steps, batches, context)
    const outOf = ({ meta, tensors: before }: Model, j: number): Model => ({
      meta: { ...meta, stages: [...meta.stages, stageOf(task, 0, params.steps)] },
      tensors: { ...before, ...Object.fromEntries(tuned.map((name) => [name, must(tensors[`${j}/${name}`], name) as NdArray])) },
    })
    return { first: outOf(first, 0), second: outOf(second, 1), curve: lossCurve(losses) }
  },
})
