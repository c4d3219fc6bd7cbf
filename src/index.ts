/** The only door of the library: explicit names, no logic. */
export { AssertionError, assert, must, never } from "./base/assert.ts"
export { contentHash } from "./base/content.ts"
export { systemClock, type Clock } from "./base/clock.ts"
export { hashBytes, hashJson, isHash, makeHasher, type Hash } from "./base/hash.ts"
export { canonical, equalJson, type Json } from "./base/json.ts"
export { bytesOf, ndarray, scalar, sizeOf, zeros, type Dtype, type NdArray, type Shape, type Tensors } from "./base/ndarray.ts"
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

export type { Device, DeviceName } from "./device/device.ts"

export { NodeFailure, type Checkpoint, type RunContext } from "./engine/context.ts"
export { defineKind, type Kind } from "./engine/kind.ts"
export type { EngineEvent, Outcome, Summary, Why } from "./engine/event.ts"

export type { Expr, Exprs } from "./tensor/expr.ts"
export type { Program } from "./tensor/program.ts"
export { makeProgram } from "./tensor/make-program.ts"
export { inputsOf, trace, type InputSpec } from "./tensor/trace.ts"
export { constant, input, iota } from "./tensor/source.ts"
export {
  abs, add, and, cast, clip, cos, div, eq, erf, exp, floor, ge, gt, le, log, lt, max, min, mul, ne, neg, not, or, pow, reciprocal,
  rsqrt, sign, sin, sqrt, square, stopGradient, sub, tanh, where,
} from "./tensor/elementwise.ts"
export { matmul } from "./tensor/linear-algebra.ts"
export { argmax, cumsum, logSumExp, mean, reduceMax, reduceMin, reduceSum, variance } from "./tensor/reduce.ts"
export { broadcastTo, concat, expandDims, pad, repeatInterleave, reshape, slice, split, stack, transpose } from "./tensor/reshape.ts"
export { gather, oneHot, putAlong, scatterAdd, takeAlong } from "./tensor/indexing.ts"
export { gelu, logSoftmax, relu, sigmoid, softmax } from "./tensor/activation.ts"

export { gptForward, gptShapes, initGpt, countWeights, type GptConfig } from "./nn/gpt.ts"
export { crossEntropy, logProbability } from "./nn/cross-entropy.ts"
export { adamwScalars, type AdamW } from "./nn/adamw.ts"
export { inverseSqrt } from "./nn/schedule.ts"
export { initMoments, trainingStep, type TrainingStep } from "./nn/training-step.ts"

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
export { describeWhy } from "./engine/explain.ts"
