/**
 * Coefficients of task vectors found by gradient: `W_b = W_0b + sum_t c_tb d_tb` for each tensor b ("layer-wise"), or one c_t for all. The
 * merge, the forward pass and the step are one program, so that nothing but coefficients and losses leaves the device.
 *
 * - AdaMerging (Yang et al., arXiv 2310.02575): least entropy of answers to unlabelled inputs, c from 0.3, kept within [0, 1], Adam;
 * - aTLAS (Zhang et al., arXiv 2407.02880): least loss on a few labelled examples, c from 0, AdamW, clipped gradients;
 * - learned soups (Wortsman et al., arXiv 2203.05482, appendix I): the same with c a softmax over models and no base.
 */
import {
  add, adamw, adamwScalars, clip, initState, input, matmul, must, ndarray, reshape, slice, softmax, sizeOf, trainingStep, transpose, withProgram, zeros,
  type AdamW, type Device, type Expr, type Exprs, type NdArray, type Shape, type Tensors,
} from "#src"

/** How raw numbers become coefficients: as they are, within [0, 1], or as shares of models. */
export type Range = "free" | "unit" | "shares"

export interface Learning {
  readonly base: Tensors
  readonly taskVectors: readonly Tensors[]
  /** One coefficient for each model, or one for each model and tensor. */
  readonly by: "model" | "tensor"
  readonly range: Range
  readonly start: number
  readonly optimiser: AdamW
  readonly clip?: number
  readonly lr: (step: number) => number
  readonly steps: number
  /** Inputs of the loss beside the weights, as the program's own and as values of a step, from 1. */
  readonly given: Exprs
  readonly batch: (step: number) => Tensors
  readonly loss: (weights: Exprs, given: Exprs) => Expr
  readonly progress?: (step: number, loss: number) => void
}

export interface Learned {
  /** [models][blocks], the blocks in the order of the base's tensors. */
  readonly coefficients: readonly (readonly number[])[]
  readonly losses: readonly number[]
}

/** The coefficients of raw numbers f32 [models, blocks]. */
const inRange = (raw: Expr, range: Range): Expr => (range === "unit" ? clip(raw, 0, 1) : range === "shares" ? transpose(softmax(transpose(raw))) : raw)

/** Merged weights, traced: `stacked` holds the task vectors of each tensor, f32 [models, size]. */
export const mergedWeights = (shapes: Readonly<Record<string, Shape>>, base: Exprs, stacked: Exprs, coefficients: Expr): Exprs => {
  const blocks = coefficients.shape[1] as number
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], b) => {
      const column = blocks === 1 ? coefficients : slice(coefficients, { axis: 1, start: b, end: b + 1 })
      return [name, add(must(base[name], name), reshape(matmul(column, must(stacked[name], name), { transposeA: true }), shape))]
    }),
  )
}

const stackedVectors = (name: string, of: readonly Tensors[]): NdArray => {
  const parts = of.map((tensors) => must(tensors[name], name))
  const size = sizeOf(must(parts[0], name).shape)
  const all = new Float32Array(of.length * size)
  parts.forEach(({ data }, t) => all.set(data as Float32Array, t * size))
  return ndarray("f32", [of.length, size], all)
}

export const learnCoefficients = async (device: Device, learning: Learning): Promise<Learned> => {
  const { base, taskVectors, range, optimiser } = learning
  const names = Object.keys(base)
  const shapes = Object.fromEntries(names.map((name) => [name, must(base[name], name).shape]))
  const shape: Shape = [taskVectors.length, learning.by === "tensor" ? names.length : 1]
  const vectors = Object.fromEntries(names.map((name) => [name, stackedVectors(name, taskVectors)]))
  const constants: Tensors = { ...Object.fromEntries(names.map((name) => [`base/${name}`, must(base[name], name)])), ...Object.fromEntries(names.map((name) => [`vectors/${name}`, must(vectors[name], name)])) }
  const step = trainingStep({
    trained: { coefficients: shape },
    given: { ...Object.fromEntries(Object.entries(constants).map(([name, of]) => [name, input(name, of.shape)])), ...learning.given },
    loss: (x) => {
      const under = (prefix: string): Exprs => Object.fromEntries(names.map((name) => [name, must(x[`${prefix}/${name}`], name)]))
      return learning.loss(mergedWeights(shapes, under("base"), under("vectors"), inRange(must(x["coefficients"], "coefficients"), range)), x)
    },
    optimiser,
    ...(learning.clip === undefined ? {} : { clip: learning.clip }),
  })
  const start = zeros("f32", shape)
  start.data.fill(learning.start)
  const losses: number[] = []
  const raw = await withProgram(device, step, { ...constants, coefficients: start, ...initState(adamw(optimiser), { coefficients: start }) }, async (bound) => {
    for (let s = 1; s <= learning.steps; s++) {
      const out = await bound.run({ ...learning.batch(s), ...adamwScalars(optimiser, learning.lr(s), s) })
      losses.push(must(out["loss"], "loss").data[0] as number)
      learning.progress?.(s, losses.at(-1) as number)
    }
    return must((await bound.resident())["coefficients"], "coefficients")
  })
  return { coefficients: numbersIn(raw.data as Float32Array, shape, range), losses }
}

/** The same as `inRange`, of numbers. */
const numbersIn = (raw: Float32Array, [models = 0, blocks = 0]: Shape, range: Range): readonly (readonly number[])[] => {
  const at = (t: number, b: number): number => raw[t * blocks + b] as number
  const rows = Array.from({ length: models }, (_, t) => Array.from({ length: blocks }, (_, b) => at(t, b)))
  if (range === "free") return rows
  if (range === "unit") return rows.map((row) => row.map((c) => Math.min(1, Math.max(0, c))))
  const total = Array.from({ length: blocks }, (_, b) => rows.reduce((sum, row) => sum + Math.exp(row[b] as number), 0))
  return rows.map((row) => row.map((c, b) => Math.exp(c) / (total[b] as number)))
}
