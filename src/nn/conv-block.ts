/**
 * What convolutional networks are built of: convolution and batch norm, with a rectifier or a shortcut. A layer `name` has the weights
 * `name/weight`, `name/scale`, `name/bias`, and the running moments `name/mean`, `name/variance`; the convolution has no bias, because
 * the norm has one.
 */
import { must } from "../base/assert.ts"
import type { Shape } from "../base/ndarray.ts"
import { relu } from "../tensor/activation.ts"
import { conv2d } from "../tensor/convolution.ts"
import { add } from "../tensor/elementwise.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { pad, slice } from "../tensor/reshape.ts"
import { TraceError } from "../tensor/trace-error.ts"
import { batchNorm, batchNormTrain, type BatchNormOptions } from "./batch-norm.ts"

type Shapes = { readonly [name: string]: Shape }

/** A layer's result, and its new running moments by name: none in evaluation. */
export interface Layer {
  readonly y: Expr
  readonly moments: Exprs
}

export interface LayerOptions extends BatchNormOptions {
  /** `train`: by the moments of the batch. `eval`: by the running ones. */
  readonly phase: "train" | "eval"
  /** 1 by default. */
  readonly stride?: number
}

export const convNormShapes = (name: string, inner: number, outer: number, size = 3): Shapes => ({
  [`${name}/weight`]: [outer, inner, size, size],
  [`${name}/scale`]: [outer],
  [`${name}/bias`]: [outer],
})
export const convNormMoments = (name: string, outer: number): Shapes => ({ [`${name}/mean`]: [outer], [`${name}/variance`]: [outer] })

/** Convolution padded by half its filter, then batch norm. `x` f32 [N, C, H, W]; `inputs` hold the layer's weights and moments. */
export const convNorm = (x: Expr, inputs: Exprs, name: string, options: LayerOptions): Layer => {
  const at = (part: string) => must(inputs[`${name}/${part}`], `${name}/${part}`)
  const weight = at("weight")
  const half = (extent: number | undefined): readonly [number, number] => [(extent ?? 1) >> 1, (extent ?? 1) >> 1]
  const z = conv2d(x, weight, { stride: options.stride ?? 1, padding: [half(weight.shape[2]), half(weight.shape[3])] })
  const affine = { scale: at("scale"), bias: at("bias") }
  const running = { mean: at("mean"), variance: at("variance") }
  if (options.phase === "eval") return { y: batchNorm(z, affine, running, options.epsilon), moments: {} }
  const { y, running: next } = batchNormTrain(z, affine, running, options)
  return { y, moments: { [`${name}/mean`]: next.mean, [`${name}/variance`]: next.variance } }
}

export const convNormRelu = (x: Expr, inputs: Exprs, name: string, options: LayerOptions): Layer => {
  const { y, moments } = convNorm(x, inputs, name, options)
  return { y: relu(y), moments }
}

/** Every `stride`-th row and column, zeros for channels that are not there: a shortcut without weights (option A of arXiv 1512.03385). */
export const shortcut = (x: Expr, channels: number, stride: number): Expr => {
  const missing = channels - (x.shape[1] as number)
  if (missing < 0) throw new TraceError("shortcut", [x], `at most ${channels} channels`)
  return pad(slice(x, { axis: 2, step: stride }, { axis: 3, step: stride }), [0, 0, 0, 0], [0, missing, 0, 0])
}

/** A basic block (He et al., arXiv 1512.03385): relu(shortcut(x) + norm(conv(relu(norm(conv(x)))))), layers `name/1` and `name/2`. */
export const residualBlock = (x: Expr, inputs: Exprs, name: string, options: LayerOptions): Layer => {
  const first = convNormRelu(x, inputs, `${name}/1`, options)
  const second = convNorm(first.y, inputs, `${name}/2`, { ...options, stride: 1 })
  const y = relu(add(shortcut(x, second.y.shape[1] as number, options.stride ?? 1), second.y))
  return { y, moments: { ...first.moments, ...second.moments } }
}
