/**
 * Batch and group normalisation of [N, C, ...]. Pure: running moments go in and come out, and a training step carries them
 * (`TrainingStep.loss`).
 */
import type { Expr } from "../tensor/expr.ts"
import { add, max, mul, rsqrt, square, stopGradient, sub } from "../tensor/elementwise.ts"
import { mean } from "../tensor/reduce.ts"
import { reshape } from "../tensor/reshape.ts"
import { TraceError } from "../tensor/trace-error.ts"

/** f32 [C] each. */
export interface ChannelWeights {
  readonly scale: Expr
  readonly bias: Expr
}
/** f32 [C] each. */
export interface Moments {
  readonly mean: Expr
  readonly variance: Expr
}

export interface BatchNormOptions {
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number
  /** Share of the batch in new running moments; 0.1 by default, as in PyTorch. */
  readonly momentum?: number
}

/** [C] beside [N, C, ...]. */
const perChannel = (v: Expr, x: Expr): Expr => reshape(v, [v.shape[0] as number, ...Array<number>(x.shape.length - 2).fill(1)])

const flat = (v: Expr): Expr => reshape(v, [-1])

/** All axes but the channels. */
const others = (x: Expr): readonly number[] => [...x.shape.keys()].filter((axis) => axis !== 1)

/**
 * `(x - mean) / sqrt(variance + epsilon) * scale + bias` by moments that are given: running ones (evaluation), or any others.
 * @param x f32 [N, C, ...]
 */
export const batchNorm = (x: Expr, { scale, bias }: ChannelWeights, { mean, variance }: Moments, epsilon = 1e-5): Expr => {
  const slope = mul(scale, rsqrt(add(variance, epsilon)))
  return add(mul(x, perChannel(slope, x)), perChannel(sub(bias, mul(mean, slope)), x))
}

export interface BatchNorm {
  readonly y: Expr
  /** Of this batch, biased variance: what `y` was normalised by. */
  readonly batch: Moments
  /** running + momentum (batch - running), the batch's variance unbiased. */
  readonly running: Moments
}

/**
 * Batch normalisation by the moments of the batch (Ioffe & Szegedy, arXiv 1502.03167). `x` is centred on the running mean, and what the
 * batch's mean differs from it goes into the bias: two passes over `x` fewer than centring on a mean that must be found first, in
 * both directions, and as exact as long as the running mean is no further from the batch's than some hundred standard deviations.
 * @param x f32 [N, C, ...]
 */
export const batchNormTrain = (x: Expr, { scale, bias }: ChannelWeights, running: Moments, options: BatchNormOptions = {}): BatchNorm => {
  const { epsilon = 1e-5, momentum = 0.1 } = options
  const count = others(x).reduce((n, axis) => n * (x.shape[axis] as number), 1)
  if (count < 2) throw new TraceError("batchNormTrain", [x], "two or more elements a channel, which have a variance")
  const start = stopGradient(running.mean)
  const centred = sub(x, perChannel(start, x))
  const shift = flat(mean(centred, others(x)))
  const variance = max(0, sub(flat(mean(square(centred), others(x))), square(shift)))
  const slope = mul(scale, rsqrt(add(variance, epsilon)))
  const y = add(mul(centred, perChannel(slope, x)), perChannel(sub(bias, mul(shift, slope)), x))
  const towards = (old: Expr, by: Expr) => stopGradient(add(old, mul(by, momentum)))
  return {
    y,
    batch: { mean: add(start, shift), variance },
    running: { mean: towards(running.mean, shift), variance: towards(running.variance, sub(mul(variance, count / (count - 1)), running.variance)) },
  }
}

/**
 * Group normalisation (Wu & He, arXiv 1803.08494): each image's channels in `groups` of equal size, each by its own mean and biased
 * variance; one group is a layer norm, as many as channels an instance norm.
 * @param x f32 [N, C, ...]
 */
export const groupNorm = (x: Expr, { scale, bias }: ChannelWeights, groups: number, epsilon = 1e-5): Expr => {
  const [n, channels] = x.shape as readonly [number, number]
  if (channels % groups !== 0) throw new TraceError("groupNorm", [x], `channels that ${groups} groups divide`)
  const rows = reshape(x, [n, groups, -1])
  const centred = sub(rows, mean(rows, -1, true))
  const unit = mul(centred, rsqrt(add(mean(square(centred), -1, true), epsilon)))
  return add(mul(reshape(unit, x.shape), perChannel(scale, x)), perChannel(bias, x))
}
