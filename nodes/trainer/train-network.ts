/**
 * Trains a classifier (`port/network.ts`) with Adam: from scratch, or on from one that comes in. With label smoothing and Mixup
 * (Zhang et al., arXiv 1710.09412) it is what BANG fine-tunes with (arXiv 2309.17230). With `masked`, weights that are 0 at the start
 * stay 0: retraining of a pruned model.
 */
import * as t from "io-ts"
import {
  adamw, adamwScalars, add, cosineDecay, crossEntropy, curvePort, defineKind, flag, gather, heNormal, input, integer, mul, must, ndarray, NodeFailure, one,
  optional, real, structured, sub, trainingStep, trainingSteps, withProgram, zeros, initState, type AdamW, type Expr, type Random, type Tensors,
} from "#src"
import { countOf, examples, labelsOf, requireLearnable, unitInputs, widthOf } from "../port/examples.ts"
import { layersOf, network, networkForward, networkShapes, tensorOf, weightName, biasName, type Network } from "../port/network.ts"
import { lossCurve } from "./curve.ts"

/** Steps in one call of the device. */
const chunk = 25

export const trainNetwork = defineKind({
  id: "trainer/train-network",
  module: import.meta.url,
  title: "Train a classifier",
  params: {
    hidden: structured(t.readonlyArray(t.number), { default: [128, 128], doc: "Widths of the hidden layers, where none comes in", expected: "a list of widths" }),
    steps: integer({ min: 1, max: 1_000_000, default: 500, doc: "Optimiser steps" }),
    batch: integer({ min: 1, max: 4096, default: 64, doc: "Examples a step" }),
    lr: real({ min: 1e-6, max: 1, default: 1e-3, doc: "Learning rate at the start; it falls to 0 along a cosine" }),
    weightDecay: real({ min: 0, max: 1, default: 0, doc: "Decoupled weight decay of matrices" }),
    smoothing: real({ min: 0, max: 0.99, default: 0, doc: "Label smoothing: share of the target that goes to all classes" }),
    mixup: real({ min: 0, max: 10, default: 0, doc: "Mixup: a of Beta(a, a), by which pairs of examples are mixed; 0 for none" }),
    masked: flag({ default: false, doc: "Weights that are 0 at the start stay 0" }),
  },
  inputs: { examples: one(examples), from: optional(network) },
  outputs: { network, curve: curvePort },
  seeded: true,
  onDevice: true,
  run: async ({ examples: data, from }, params, context) => {
    const [count, width, classes] = [countOf(data), widthOf(data), data.meta.classes.length]
    requireLearnable(data, "train on")
    const widths = from?.meta.widths ?? [width, ...params.hidden, classes]
    if (widths[0] !== width || widths.at(-1) !== classes) throw new NodeFailure(`the network takes ${widths[0]} numbers and tells ${widths.at(-1)} classes apart; the examples have ${width} and ${classes}`)
    const start = from?.tensors ?? initial(widths, context.random.fork("init"))
    const optimiser: AdamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: params.weightDecay }
    const masks = params.masked ? Object.fromEntries(Object.entries(start).map(([name, { shape, data: values }]) => [`mask/${name}`, ndarray("f32", shape, Float32Array.from(values, (x) => Number(x !== 0 || !name.endsWith("weight"))))])) : {}
    const step = trainingStep({
      trained: networkShapes(widths),
      given: {
        data: input("data", [count, width], "u8"),
        labels: input("labels", [count], "i32"),
        first: input("first", [params.batch], "i32"),
        ...(params.mixup === 0 ? {} : { second: input("second", [params.batch], "i32"), mix: input("mix", []) }),
        ...Object.fromEntries(Object.entries(masks).map(([name, { shape }]) => [name, input(name, shape)])),
      },
      loss: (x) => {
        const at = (name: string): Expr => must(x[name], name)
        const weights = Object.fromEntries(Object.keys(networkShapes(widths)).map((name) => [name, params.masked ? mul(at(name), at(`mask/${name}`)) : at(name)]))
        const inputs = (places: Expr): Expr => unitInputs(gather(at("data"), places, 0))
        const targets = (places: Expr): Expr => gather(at("labels"), places, 0)
        const smoothing = { smoothing: params.smoothing }
        if (params.mixup === 0) return crossEntropy(networkForward(widths, weights, inputs(at("first"))).logits, targets(at("first")), smoothing)
        const mixed = add(mul(inputs(at("first")), at("mix")), mul(inputs(at("second")), sub(1, at("mix"))))
        const { logits } = networkForward(widths, weights, mixed)
        return add(mul(crossEntropy(logits, targets(at("first")), smoothing), at("mix")), mul(crossEntropy(logits, targets(at("second")), smoothing), sub(1, at("mix"))))
      },
      optimiser,
    })
    const rate = cosineDecay(params.lr, 0, params.steps)
    const draw = context.random.fork("batches")
    const losses: number[] = []
    const own: Tensors = Object.fromEntries(Object.keys(networkShapes(widths)).map((name) => [name, tensorOf({ tensors: start }, name)]))
    const resident: Tensors = { ...own, ...initState(adamw(optimiser), own), data: ndarray("u8", [count, width], tensorOf(data, "input").data as unknown as Uint8Array), labels: ndarray("i32", [count], labelsOf(data)), ...masks }
    const places = (at: number, length: number, salt: number): Int32Array => Int32Array.from({ length: length * params.batch }, (_, i) => draw.below(2 * (at * params.batch + i) + salt, count))
    const usesSecond = params.mixup > 0
    const runSteps = async (now: Tensors, from0: number, length: number): Promise<Tensors> => {
      const each = ["first", ...(usesSecond ? ["second", "mix"] : []), ...Object.keys(adamwScalars(optimiser, 1, 1))]
      const program = trainingSteps(step, length, each)
      return withProgram(await context.device(), program, now, async (bound) => {
        let at = from0
        for (; at + length <= params.steps; at += length) {
          context.signal.throwIfAborted()
          const scalars = Array.from({ length }, (_, i) => adamwScalars(optimiser, rate(at + i + 1), at + i + 1))
          const stacked = Object.fromEntries(Object.keys(scalars[0] as Tensors).map((name) => [name, ndarray("f32", [length], Float32Array.from(scalars, (s) => (s[name] as { data: Float32Array }).data[0] as number))]))
          const second = usesSecond
            ? { second: ndarray("i32", [length, params.batch], places(at, length, 1)), mix: ndarray("f32", [length], Float32Array.from({ length }, (_, i) => beta(draw.fork(`mix/${at + i}`), params.mixup))) }
            : {}
          const out = await bound.run({ first: ndarray("i32", [length, params.batch], places(at, length, 0)), ...second, ...stacked })
          losses.push(...(must(out["loss"], "loss").data as Float32Array))
          context.progress({ done: losses.length, total: params.steps, unit: "steps", note: `loss ${losses.at(-1)?.toFixed(3)}` })
        }
        return bound.resident()
      })
    }
    let now = resident
    if (params.steps >= chunk) now = await runSteps(now, 0, chunk)
    const rest = params.steps - losses.length
    if (rest > 0) now = await runSteps(now, losses.length, rest)
    if (!losses.every(Number.isFinite)) throw new NodeFailure(`the loss is no number at step ${losses.findIndex((x) => !Number.isFinite(x)) + 1}; a smaller lr may help`, { param: "lr" })
    const weights = Object.fromEntries(Object.keys(own).map((name) => [name, masked(must(now[name], name) as Network["tensors"][string], masks[`mask/${name}`])]))
    return { network: { meta: { widths }, tensors: weights }, curve: { ...lossCurve(losses), y: "loss, nats per example" } }
  },
})

const masked = (weight: Network["tensors"][string], mask: Network["tensors"][string] | undefined): Network["tensors"][string] =>
  mask === undefined ? weight : ndarray("f32", weight.shape, Float32Array.from(weight.data as Float32Array, (x, k) => (mask.data[k] === 0 ? 0 : x)))

const initial = (widths: readonly number[], random: Random): Tensors =>
  Object.fromEntries(
    Array.from({ length: layersOf(widths) }, (_, l) => {
      const [shape, name] = [[must(widths[l], "width"), must(widths[l + 1], "width")], weightName(l)]
      return [[name, heNormal(random.fork(name), shape)] as const, [biasName(l), zeros("f32", [shape[1] as number])] as const]
    }).flat(),
  )

/** One draw from Beta(a, a), by Jöhnk's rule (1964), which for a of 1 and less needs few tries. */
const beta = (random: Random, a: number): number => {
  for (let i = 0; i < 100; i++) {
    const [x, y] = [random.uniform(2 * i) ** (1 / a), random.uniform(2 * i + 1) ** (1 / a)]
    if (x + y <= 1 && x + y > 0) return x / (x + y)
  }
  return 0.5
}
