/** The only door of the library: explicit names, no logic. */
export { AssertionError, assert, must, never } from "./base/assert.ts"
export { systemClock, type Clock } from "./base/clock.ts"
export { hashBytes, hashJson, isHash, makeHasher, type Hash } from "./base/hash.ts"
export { canonical, equalJson, type Json } from "./base/json.ts"
export { bytesOf, ndarray, scalar, sizeOf, zeros, type Dtype, type NdArray, type Shape, type Tensors } from "./base/ndarray.ts"
export { random, type Random } from "./base/random.ts"
export { decodeSafetensors, encodeSafetensors } from "./base/safetensors.ts"

export { choice, flag, integer, real, structured, text, words, type Param, type Params, type ParamValues } from "./schema/param.ts"
export { jsonPort, tensorsPort, type PortType, type PortValue, type TensorsValue, type View } from "./schema/port.ts"

export { buildGraph, graph, knob, type Builder, type GraphFile, type Handle, type Output } from "./graph/builder.ts"
export { overridesOf, parseOverride, type Override } from "./graph/override.ts"
export type { Graph, GraphIssue, Node, Ref } from "./graph/graph.ts"
export { many, one, optional, type Signature } from "./graph/signature.ts"

export type { Device, DeviceName } from "./device/device.ts"

export { NodeFailure, type Checkpoint, type RunContext } from "./engine/context.ts"
export { defineKind, type Kind } from "./engine/kind.ts"
export type { EngineEvent, Outcome, Summary, Why } from "./engine/event.ts"
