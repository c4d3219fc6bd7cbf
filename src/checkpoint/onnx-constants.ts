/**
 * Weights that an ONNX file has as outputs of `Constant` nodes, in graphs inside graphs too (branches of `If`), and not as initialisers:
 * some exporters write them so. Field numbers: onnx.proto. SPEC F1.
 */
import { WalkError, type Walk } from "./protobuf-walk.ts"

export interface ConstantTensor {
  /** Of the node's output. */
  readonly name: string
  /** Its TensorProto. */
  readonly start: number
  readonly end: number
}

/** Graphs may lie in graphs so deep; more is no exporter's work. */
const mostDepth = 16

export const constantsOf = function* (walk: Walk, start: number, end: number, depth = 0): Generator<ConstantTensor, undefined> {
  if (depth > mostDepth) throw new WalkError(`graphs more than ${mostDepth} deep in each other`)
  for (const node of walk.fields(start, end)) {
    if (node.number !== 1 || node.kind !== "bytes") continue
    let [name, isConstant] = ["", false]
    const tensors: { start: number; end: number }[] = []
    const graphs: { start: number; end: number }[] = []
    for (const field of walk.fields(node.start, node.end)) {
      if (field.kind !== "bytes") continue
      if (field.number === 2) name = decode(walk, field.start, field.end)
      if (field.number === 4) isConstant = decode(walk, field.start, field.end) === "Constant"
      if (field.number !== 5) continue
      for (const part of walk.fields(field.start, field.end)) {
        if (part.kind !== "bytes") continue
        if (part.number === 5) tensors.push(part)
        if (part.number === 6) graphs.push(part)
      }
    }
    if (isConstant) for (const tensor of tensors) yield { name, start: tensor.start, end: tensor.end }
    for (const graph of graphs) yield* constantsOf(walk, graph.start, graph.end, depth + 1)
  }
  return undefined
}

const decode = (walk: Walk, start: number, end: number): string => new TextDecoder().decode(walk.bytes(start, end))
