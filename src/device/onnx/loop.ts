/**
 * A loop as one `Scan` node, whose body is a graph of its own: carries and slices are its inputs, constants are read by name from
 * the graph around it. onnxruntime hands out slices, and collects what is stacked, in place.
 */
import { zeros } from "../../base/ndarray.ts"
import { operandNames } from "../../tensor/loop-body.ts"
import type { LoopOps } from "../../tensor/op/loop.ts"
import type { Program, Step } from "../../tensor/program.ts"
import { type Emit, valueInfo } from "./emit.ts"
import type { OnnxGraph, OnnxValueInfo } from "./proto.ts"
import type { Value } from "./row.ts"

type ScanAttrs = LoopOps["scan"]
export type Result = Pick<ScanAttrs, "result" | "index">

/** The name of a step that is an output. */
export type Results = (step: number) => string

/** Emits the steps of a program, whose inputs have the names that `given` says. */
export type LowerSteps = (program: Program, emit: Emit, given: (input: string) => string) => Results

/** Emits the loop and gives back the name of each of `wanted`, which are all that are taken from it. */
export const lowerLoop = (emit: Emit, attrs: ScanAttrs, args: readonly Value[], wanted: readonly Result[], lowerSteps: LowerSteps): readonly string[] => {
  const { body, carries, slices, length, reverse } = attrs
  const inner = emit.inner()
  const names = operandNames(attrs, args.length)
  const given = new Map(names.map((name, i) => [name, i < carries + slices ? inner.name() : args[i]!.name]))
  const valueOf = lowerSteps(body, inner, (name) => given.get(name)!)
  const typeOf = (side: "inputs" | "outputs", name: string): Step => body.steps[body[side][name]!]!

  const output: OnnxValueInfo[] = []
  /** Makes a value a result of the body. ONNX wants each to have a node and a name of its own. */
  const give = (value: string, type: Step): void => {
    const computed = inner.nodes.some((node) => node.output.includes(value)) && output.every(({ name }) => name !== value)
    output.push(valueInfo(computed ? value : inner.node("Identity", [value]), type))
  }
  const states = names.slice(0, carries)
  for (const state of states) give(valueOf(body.outputs[state]!), typeOf("outputs", state))
  const stacked = wanted.filter(({ result }) => result !== "final")
  for (const { result, index } of stacked) {
    if (result === "entering") give(given.get(`carry${index}`)!, typeOf("inputs", `carry${index}`))
    else give(valueOf(body.outputs[`out${index}`]!), typeOf("outputs", `out${index}`))
  }

  const over = args.slice(carries, carries + slices).map(({ name }) => name)
  const input = names.slice(0, carries + slices).map((name) => valueInfo(given.get(name)!, typeOf("inputs", name)))
  if (slices === 0) {
    // The length is that of what is scanned, so something must be.
    over.push(emit.constant(zeros("u8", [length])))
    input.push(valueInfo(inner.name(), { dtype: "u8", shape: [] }))
  }
  const graph: OnnxGraph = { name: "body", node: inner.nodes, initializer: [], input, output }
  const results = emit.several("Scan", output.length, [...args.slice(0, carries).map(({ name }) => name), ...over], {
    body: graph,
    num_scan_inputs: over.length,
    ...(reverse ? { scan_input_directions: over.map(() => 1), scan_output_directions: stacked.map(() => 1) } : {}),
  })
  return wanted.map((one) => results[one.result === "final" ? one.index : carries + stacked.indexOf(one)]!)
}
