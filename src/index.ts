/** The only door of the library: explicit names, no logic. */
export { AssertionError, assert, must, never } from "./base/assert.ts"
export { contentHash } from "./base/content.ts"
export { systemClock, type Clock } from "./base/clock.ts"
export { hashBytes, hashJson, isHash, makeHasher, type Hash } from "./base/hash.ts"
export { canonical, equalJson, type Json } from "./base/json.ts"
export { decodeHalves, encodeHalves, type Half } from "./base/half.ts"
export { bytesOf, ndarray, numbersOf, scalar, sizeOf, zeros, type Dtype, type NdArray, type Shape, type Tensors } from "./base/ndarray.ts"
export { messageOf } from "./base/message.ts"
export { random, type Random } from "./base/random.ts"
export { decodeSafetensors, encodeSafetensors } from "./base/safetensors.ts"

export { choice, flag, integer, real, structured, text, words, type Param, type Params, type ParamValues } from "./schema/param.ts"
export { jsonPort, tensorsPort, type PortType, type PortValue, type TensorsValue, type View } from "./schema/port.ts"
export {
  curvePort, metricPort, picturePort, samplePort, tablePort, type Curve, type Metric, type Picture, type Samples, type Table,
} from "./schema/views.ts"

export { buildGraph, graph, knob, type Builder, type GraphFile, type Handle, type Output } from "./graph/builder.ts"
export { describeIssue } from "./graph/describe.ts"
export { graphFromJson, graphToJson } from "./graph/json.ts"
export { overridesOf, parseOverride, type Override } from "./graph/override.ts"
export type { Graph, GraphIssue, Node, Ref } from "./graph/graph.ts"
export { many, one, optional, type Signature } from "./graph/signature.ts"

export { deviceNames, type Bound, type Compiled, type Device, type DeviceName, type DeviceOptions, type Picks } from "./device/device.ts"
export { describeDeviceError, type DeviceError } from "./device/device-error.ts"
export { openDevice } from "./device/open.ts"
export { chooseDevice, type Choice, type Pick } from "./device/choose.ts"
export { withProgram } from "./device/with-program.ts"

export { NodeFailure, type Checkpoint, type RunContext } from "./engine/context.ts"
export { defineKind, type Kind } from "./engine/kind.ts"
export type { EngineEvent, Outcome, Summary, Why } from "./engine/event.ts"

export type { Expr, Exprs } from "./tensor/expr.ts"
export type { Program } from "./tensor/program.ts"
export { makeProgram } from "./tensor/make-program.ts"
export { inputsOf, trace, type InputSpec } from "./tensor/trace.ts"
export { constant, input, iota } from "./tensor/source.ts"
export {
  abs, add, and, cast, clip, cos, div, eq, erf, exp, ge, gt, le, log, lt, max, min, mul, ne, neg, not, or, pow, reciprocal,
  rsqrt, sin, sqrt, square, stopGradient, straightThrough, sub, tanh, where, xor,
} from "./tensor/elementwise.ts"
export {
  acosh, asinh, atanh, cbrt, cosh, exp2, expm1, hypot, log10, log1p, log2, logAddExp, sinh,
} from "./tensor/exponential.ts"
export { acos, asin, atan, atan2, tan } from "./tensor/trigonometry.ts"
export { ceil, floor, floorDivide, mod, round, sign, trunc, type Rounding } from "./tensor/rounding.ts"
export { isFinite, isInf, isNan } from "./tensor/classify.ts"
export { matmul } from "./tensor/linear-algebra.ts"
export { conv1d, conv2d, convTranspose2d, type Conv1dOptions, type ConvOptions, type ConvTransposeOptions } from "./tensor/convolution.ts"
export { argsort, median, quantile, sort, topK, type Largest, type Order } from "./tensor/order.ts"
export {
  bernoulli, categorical, foldIn, normal, permutation, randomBits, randomKey, shuffle, splitKey, truncatedNormal, uniform,
} from "./tensor/random.ts"
export {
  all, any, argmax, argmin, cumsum, logSumExp, mean, norm, reduceMax, reduceMin, reduceSum, std, variance, type Running,
} from "./tensor/reduce.ts"
export { cumprod, prod } from "./tensor/product.ts"
export { segmentMax, segmentMean, segmentMin, segmentSize, segmentSoftmax, segmentSum } from "./tensor/segment.ts"
export { broadcastTo, concat, expandDims, pad, repeatInterleave, reshape, slice, split, stack, transpose } from "./tensor/reshape.ts"
export { gather, oneHot, putAlong, scatterAdd, scatterMax, takeAlong } from "./tensor/indexing.ts"
export { repeat, scan, type Iteration, type Scan } from "./tensor/loop.ts"
export { gelu, logSoftmax, relu, sigmoid, silu, softmax, softplus } from "./tensor/activation.ts"

export { gradients, pullback } from "./tensor/gradient.ts"
export { grad, hvp, jvp, pushforward, valueAndGrad, vjp } from "./tensor/derivative.ts"
export { checkpoint } from "./tensor/checkpoint.ts"
export { hessian, jacobian, vmap, type Axes } from "./tensor/vmap.ts"
export { cost } from "./tensor/cost.ts"
export { print } from "./tensor/print.ts"
export { TraceError } from "./tensor/trace-error.ts"
export { verify } from "./tensor/verify.ts"

export { gptForward, gptLogits, gptShapes, initGpt, countWeights, type GptConfig } from "./nn/gpt.ts"
export { cacheShapes, gptDecode, gptPrefill, type Decoded } from "./nn/decode.ts"
export { attend, attention, causalAttention, type AttentionOptions, type AttentionWeights } from "./nn/attention.ts"
export { rope, ropeTables, type RopeTables } from "./nn/rope.ts"
export { layerNorm, rmsNorm } from "./nn/norm.ts"
export { batchNorm, batchNormTrain, groupNorm, type BatchNorm, type BatchNormOptions, type ChannelWeights, type Moments } from "./nn/batch-norm.ts"
export { convNorm, convNormMoments, convNormRelu, convNormShapes, residualBlock, shortcut, type Layer, type LayerOptions } from "./nn/conv-block.ts"
export { initResnet, resnetForward, resnetMoments, resnetShapes, type ResnetConfig } from "./nn/resnet.ts"
export { dropout } from "./nn/dropout.ts"
export {
  graphAttention, graphConvolution, graphIsomorphism, graphSage, withSelfLoops, type Edges, type GraphAttentionWeights, type SageWeights,
} from "./nn/message-passing.ts"
export { fanIn, fanOut, glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, truncatedNormalWeights } from "./nn/initialise.ts"
export { orthogonal } from "./nn/orthogonal.ts"
export { linear } from "./nn/linear.ts"
export { mlp, type MlpWeights } from "./nn/mlp.ts"
export { binaryCrossEntropy, crossEntropy, logProbability, type CrossEntropy } from "./nn/cross-entropy.ts"
export { distillation, entropy, jensenShannon, klDivergence } from "./nn/divergence.ts"
export { huber, meanAbsoluteError, meanSquaredError } from "./nn/regression.ts"
export { infoNce, pairContrastive, unitRows } from "./nn/contrastive.ts"
export { initState, scalarsOf, type Optimiser, type Start, type WeightSpec } from "./nn/optimiser.ts"
export { adam, adamw, adamwScalars, type AdamW } from "./nn/adamw.ts"
export { lion, type Lion } from "./nn/lion.ts"
export { muon, type Muon } from "./nn/muon.ts"
export { sgd, sgdScalars, type Sgd } from "./nn/sgd.ts"
export { paramGroups, type ParamGroup } from "./nn/param-groups.ts"
export { withEma } from "./nn/ema.ts"
export { clipScale, globalNorm } from "./nn/clip.ts"
export {
  constantRate, cosineDecay, cosineRestarts, inverseSqrt, oneCycle, polynomialDecay, stepDecay, warmupStableDecay, type Schedule,
} from "./nn/schedule.ts"
export { initMoments, trainingStep, type Carrying, type TrainingStep } from "./nn/training-step.ts"
export { trainingSteps } from "./nn/training-steps.ts"
export { cellShapes, gruCell, lstmCell, recurrent, simpleCell, type Cell, type CellState, type CellWeights } from "./nn/recurrent.ts"
export { euler, rungeKutta, solve, type Interval, type Slope, type Stepper } from "./nn/ode.ts"

export { memoryStore, type Store } from "./store/store.ts"
export { openStore } from "./store/open-store.ts"
export { describeStoreError, type StoreError } from "./store/store-error.ts"
export { keyOf, keyParts, type KeyParts } from "./graph/key.ts"
export { makeEngine, type Engine, type EngineOptions } from "./engine/engine.ts"
export type { NodeState } from "./engine/node-state.ts"
export type { Counters } from "./engine/counters.ts"
export type { Transport } from "./engine/transport.ts"
export { makeInlineTransport } from "./engine/inline-transport.ts"
export { makeWorkerTransport } from "./engine/worker-transport.ts"
export { makeCodeVersion } from "./engine/code-version.ts"
export { describeWhy } from "./engine/describe-why.ts"
