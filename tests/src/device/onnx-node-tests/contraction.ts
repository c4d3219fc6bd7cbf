/** ONNX's products, reductions, scans, normalisations and losses as our functions. */
import { must } from "../../../../src/base/assert.ts"
import { sizeOf } from "../../../../src/base/ndarray.ts"
import { logSoftmax, softmax } from "../../../../src/tensor/activation.ts"
import * as e from "../../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { gather, takeAlong } from "../../../../src/tensor/indexing.ts"
import { matmul } from "../../../../src/tensor/linear-algebra.ts"
import { topK } from "../../../../src/tensor/order.ts"
import { argmax, cumsum, logSumExp, mean, reduceMax, reduceMin, reduceSum, variance } from "../../../../src/tensor/reduce.ts"
import { expandDims, reshape } from "../../../../src/tensor/reshape.ts"
import { constant, iota } from "../../../../src/tensor/source.ts"
import { axisOf, need, type Site, type Translate, type Translations } from "./translation.ts"

type Reduction = (x: Expr, axes: readonly number[], keep: boolean) => Expr

const reduce =
  (f: Reduction): Translate =>
  (site) => {
    const listed = site.list("axes", 1)
    const all = [...site.x.shape.keys()]
    const axes = listed === undefined || listed.length === 0 ? (site.int("noop_with_empty_axes", 0) === 1 ? [] : all) : listed
    return f(site.x, axes, site.int("keepdims", 1) === 1)
  }

/** Elements along `axis` from the last to the first. */
const reversed = (x: Expr, axis: number): Expr => {
  const extent = x.shape[axis] as number
  return gather(x, e.sub(constant(extent - 1, "i32"), iota([extent])), axis)
}

const arg =
  (prepare: (x: Expr) => Expr): Translate =>
  (site) => {
    const axis = axisOf(site.int("axis", 0), site.x.shape.length)
    const x = prepare(site.x)
    const last = (x.shape[axis] as number) - 1
    const index = site.int("select_last_index", 0) === 0 ? argmax(x, axis) : e.sub(constant(last, "i32"), argmax(reversed(x, axis), axis))
    return site.int("keepdims", 1) === 1 ? expandDims(index, axis) : index
  }

/** From version 13 along one axis; before, along all axes from `axis` on, taken as one. */
const soft =
  (f: (x: Expr, axis: number) => Expr): Translate =>
  (site) => {
    const { x, version } = site
    if (version >= 13) return f(x, site.int("axis", -1))
    const axis = axisOf(site.int("axis", 1), x.shape.length)
    return reshape(f(reshape(x, [sizeOf(x.shape.slice(0, axis)), -1]), 1), x.shape)
  }

/** `v`, which has one axis, along axis 1 of a tensor of `rank`. */
const channelwise = (v: Expr, rank: number): Expr => reshape(v, [v.shape[0] as number, ...Array<number>(rank - 2).fill(1)])

const normalise = (x: Expr, axes: readonly number[], epsilon: number): Expr =>
  e.mul(e.sub(x, mean(x, axes, true)), e.rsqrt(e.add(variance(x, axes, true), epsilon)))

const spatial = (x: Expr): readonly number[] => [...x.shape.keys()].slice(2)

const gemm: Translate = (site) => {
  const flags = { transposeA: site.int("transA", 0) === 1, transposeB: site.int("transB", 0) === 1 }
  const product = e.mul(matmul(site.x, site.y, flags), site.float("alpha", 1))
  return site.args[2] === undefined ? product : e.add(product, e.mul(site.arg(2), site.float("beta", 1)))
}

/** Operands of one axis get the second one that our product asks for. */
const product: Translate = ({ x, y }) => {
  const [a, b] = [x.shape.length === 1 ? reshape(x, [1, -1]) : x, y.shape.length === 1 ? reshape(y, [-1, 1]) : y]
  const wide = matmul(a, b)
  return reshape(wide, [...wide.shape.slice(0, -2), ...(x.shape.length === 1 ? [] : wide.shape.slice(-2, -1)), ...(y.shape.length === 1 ? [] : wide.shape.slice(-1))])
}

const runningSum: Translate = (site) =>
  cumsum(site.x, must(site.known(1)?.[0], "axis"), { exclusive: site.int("exclusive", 0) === 1, reverse: site.int("reverse", 0) === 1 })

const largest: Translate = (site) => {
  const { values, indices } = topK(site.x, must(site.known(1)?.[0], "k"), site.int("axis", -1), site.int("largest", 1) === 1)
  return [values, indices]
}

/** Negative log likelihood over classes on axis 1, with weights of classes and an index that does not count. */
const likelihood = (site: Site, logs: Expr): Expr => {
  const target = site.y
  const ignored = site.has("ignore_index") ? e.eq(target, site.int("ignore_index", 0)) : undefined
  const safe = ignored === undefined ? target : e.where(ignored, 0, target)
  const picked = reshape(takeAlong(logs, expandDims(safe, 1), 1), target.shape)
  const given = site.args[2]
  const classes = logs.shape[1] as number
  const table = given ?? e.add(e.mul(e.cast(iota([classes]), "f32"), 0), 1)
  const ofTarget = reduceSum(e.where(e.eq(expandDims(safe, -1), iota([classes])), table, 0), -1)
  const weight = ignored === undefined ? ofTarget : e.where(ignored, 0, ofTarget)
  const losses = e.neg(e.mul(picked, weight))
  const reduction = site.text("reduction", "mean")
  return reduction === "none" ? losses : reduction === "sum" ? reduceSum(losses) : e.div(reduceSum(losses), reduceSum(weight))
}

export const contraction: Translations = {
  MatMul: product,
  Gemm: gemm,
  ReduceSum: reduce(reduceSum),
  ReduceMean: reduce(mean),
  ReduceMax: reduce(reduceMax),
  ReduceMin: reduce(reduceMin),
  ReduceL1: reduce((x, axes, keep) => reduceSum(e.abs(x), axes, keep)),
  ReduceL2: reduce((x, axes, keep) => e.sqrt(reduceSum(e.square(x), axes, keep))),
  ReduceSumSquare: reduce((x, axes, keep) => reduceSum(e.square(x), axes, keep)),
  ReduceLogSum: reduce((x, axes, keep) => e.log(reduceSum(x, axes, keep))),
  ReduceLogSumExp: reduce(logSumExp),
  ArgMax: arg((x) => x),
  ArgMin: arg(e.neg),
  CumSum: runningSum,
  TopK: largest,
  Softmax: soft(softmax),
  LogSoftmax: soft(logSoftmax),
  Hardmax: (site) => {
    need(site.version >= 13, "hardmax over several axes")
    const axis = axisOf(site.int("axis", -1), site.x.shape.length)
    return e.cast(e.eq(iota(site.x.shape, axis), expandDims(argmax(site.x, axis), axis)), "f32")
  },
  LayerNormalization: (site) => {
    need(site.node.output.length === 1 || site.node.output.length === 3, "statistics")
    const axis = axisOf(site.int("axis", -1), site.x.shape.length)
    const axes = [...site.x.shape.keys()].slice(axis)
    const epsilon = site.float("epsilon", 1e-5)
    const scaled = e.mul(normalise(site.x, axes, epsilon), site.y)
    const y = site.args[2] === undefined ? scaled : e.add(scaled, site.arg(2))
    return [y, mean(site.x, axes, true), e.rsqrt(e.add(variance(site.x, axes, true), epsilon))].slice(0, site.node.output.length)
  },
  MeanVarianceNormalization: (site) => normalise(site.x, site.ints("axes") ?? [0, 2, 3], 1e-9),
  InstanceNormalization: (site) => {
    const rank = site.x.shape.length
    return e.add(e.mul(normalise(site.x, spatial(site.x), site.float("epsilon", 1e-5)), channelwise(site.y, rank)), channelwise(site.arg(2), rank))
  },
  BatchNormalization: (site) => {
    const [scale, bias, m, v] = [1, 2, 3, 4].map((i) => channelwise(site.arg(i), site.x.shape.length)) as [Expr, Expr, Expr, Expr]
    const epsilon = site.float("epsilon", 1e-5)
    const apply = (centre: Expr, spread: Expr) => e.add(e.mul(e.mul(e.sub(site.x, centre), e.rsqrt(e.add(spread, epsilon))), scale), bias)
    if (site.int("training_mode", 0) === 0) return apply(m, v)
    const axes = [0, ...spatial(site.x)]
    const [centre, spread] = [mean(site.x, axes, true), variance(site.x, axes, true)]
    const kept = site.float("momentum", 0.9)
    const moved = (old: number, now: Expr) => e.add(e.mul(site.arg(old), kept), e.mul(reshape(now, site.arg(old).shape), 1 - kept))
    return [apply(centre, spread), moved(3, centre), moved(4, spread)]
  },
  NegativeLogLikelihoodLoss: (site) => likelihood(site, site.x),
  SoftmaxCrossEntropyLoss: (site) => {
    const logs = logSoftmax(site.x, 1)
    return [likelihood(site, logs), logs].slice(0, site.node.output.length)
  },
  Constant: (site) => {
    const value = site.tensor("value")
    if (value !== undefined) return constant(value)
    if (site.has("value_float")) return constant(site.float("value_float", 0))
    need(site.has("value_int") || site.has("value_ints"), "a constant of text")
    const list = site.ints("value_ints") ?? [site.int("value_int", 0)]
    return constant({ dtype: "i32", shape: site.has("value_ints") ? [list.length] : [], data: Int32Array.from(list) })
  },
}
