/**
 * LEVI (Roh et al., arXiv 2402.04644): robust fine-tuning by an ensemble over layers. The pre-trained network stays as it is; a small network and a
 * head for each of the pre-trained one's hidden layers are trained by the sum of the heads' losses; what they say together is their mean.
 */
import * as t from "io-ts"
import { add, adamw, adamwScalars, cosineDecay, crossEntropy, curvePort, defineKind, heNormal, initState, input, integer, must, NodeFailure, one, real, structured, trainingStep, withProgram, zeros, type AdamW, type Tensors } from "#src"
import { countOf, examples, pick, requireLearnable, unitInputs, widthOf } from "../port/examples.ts"
import { ensembleLogits, ensembleShapes, layerEnsemble } from "../port/layer-ensemble.ts"
import { network } from "../port/network.ts"
import { lossCurve } from "./curve.ts"

export const trainLevi = defineKind({
  id: "trainer/levi",
  module: import.meta.url,
  title: "LEVI",
  reference: "https://arxiv.org/abs/2402.04644",
  params: {
    small: structured(t.readonlyArray(t.number), { default: [32, 16], doc: "Widths of the small network's layers; the last are its features", expected: "a list of widths" }),
    steps: integer({ min: 1, max: 1_000_000, default: 300, doc: "Optimiser steps" }),
    batch: integer({ min: 1, max: 4096, default: 64, doc: "Examples a step" }),
    lr: real({ min: 1e-6, max: 1, default: 1e-3, doc: "Learning rate at the start; it falls to 0 along a cosine" }),
  },
  inputs: { base: one(network), examples: one(examples) },
  outputs: { ensemble: layerEnsemble, curve: curvePort },
  seeded: true,
  onDevice: true,
  run: async ({ base, examples: data }, { small, steps, batch, lr }, context) => {
    const { widths } = base.meta
    requireLearnable(data, "train on")
    if (widths[0] !== widthOf(data) || widths.at(-1) !== data.meta.classes.length) throw new NodeFailure(`the network takes ${widths[0]} numbers and tells ${widths.at(-1)} classes apart; the examples have ${widthOf(data)} and ${data.meta.classes.length}`)
    if (widths.length < 3 || small.length === 0) throw new NodeFailure("LEVI needs a network with hidden layers, and a small one beside it", { param: "small" })
    const meta = { widths, small: [widthOf(data), ...small] }
    const trained = ensembleShapes(meta)
    const frozen = Object.fromEntries(Object.entries(base.tensors).map(([name, tensor]) => [`frozen/${name}`, tensor]))
    const optimiser: AdamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }
    const given = { input: input("input", [batch, widthOf(data)], "u8"), label: input("label", [batch], "i32") }
    const program = trainingStep({
      trained,
      given: { ...given, ...Object.fromEntries(Object.entries(frozen).map(([name, { shape }]) => [name, input(name, shape)])) },
      loss: (x) => ensembleLogits(meta, x, unitInputs(must(x["input"], "input"))).map((logits) => crossEntropy(logits, must(x["label"], "label"))).reduce((a, b) => add(a, b)),
      optimiser,
    })
    const init = context.random.fork("init")
    const start: Tensors = Object.fromEntries(Object.entries(trained).map(([name, shape]) => [name, name.endsWith("weight") ? heNormal(init.fork(name), shape) : zeros("f32", shape)]))
    const draw = context.random.fork("batches")
    const rate = cosineDecay(lr, 0, steps)
    const losses: number[] = []
    const resident = await withProgram(await context.device(), program, { ...frozen, ...start, ...initState(adamw(optimiser), start) }, async (bound) => {
      for (let step = 1; step <= steps; step++) {
        context.signal.throwIfAborted()
        const out = await bound.run({ ...pick(data, Array.from({ length: batch }, (_, k) => draw.below(step * batch + k, countOf(data)))), ...adamwScalars(optimiser, rate(step), step) })
        losses.push(must(out["loss"], "loss").data[0] as number)
        context.progress({ done: step, total: steps, unit: "steps", note: `loss ${losses.at(-1)?.toFixed(3)}` })
      }
      return bound.resident()
    })
    if (!losses.every(Number.isFinite)) throw new NodeFailure(`the loss is no number at step ${losses.findIndex((x) => !Number.isFinite(x)) + 1}; a smaller lr may help`, { param: "lr" })
    const own = Object.fromEntries(Object.keys(trained).map((name) => [name, must(resident[name], name)]))
    return { ensemble: { meta, tensors: { ...frozen, ...own } }, curve: { ...lossCurve(losses), y: "loss of all heads, nats per example" } }
  },
})
