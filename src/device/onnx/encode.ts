/**
 * Program -> ONNX model: the bytes that onnxruntime runs and that can be saved as an `.onnx` file.
 * Inputs are called `in/<name>` and outputs `out/<name>`, because ONNX wants one name for one value while a training
 * step gives back weights under the names it took them. SPEC D6.
 */
import { must } from "../../base/assert.ts"
import { sizeOf, zeros } from "../../base/ndarray.ts"
import { listedOrder } from "../../tensor/evaluation-order.ts"
import type { OnnxProvider } from "../device.ts"
import type { OpName } from "../../tensor/op.ts"
import { loopsOf, type LoopStep } from "../../tensor/loop-body.ts"
import type { Program, Step } from "../../tensor/program.ts"
import { type Form, nchwc, toBlocked, toPlain } from "./blocked/form.ts"
import { carrierOf } from "./carrier.ts"
import { Emit, microsoft, valueInfo } from "./emit.ts"
import { lowerLoop, type LowerSteps, type Results } from "./loop.ts"
import { planSteps } from "./plan.ts"
import { encodeModel, type OnnxModel, type OnnxNode } from "./proto.ts"
import type { Lowered, Row, Value } from "./row.ts"
import { rows } from "./rows.ts"

/** Version of the standard operator set: has every op used here but one, and onnxruntime's fusions know all of it. */
export const opset = 21

/** The first version that has `Attention` (`attention.ts`). */
const opsetOfAttention = 23

/** The ONNX format version that belongs to that operator set. */
export const irVersion = 10

export const inputName = (name: string): string => `in/${name}`
export const outputName = (name: string): string => `out/${name}`

/** What inputs and outputs are called in the graph. */
export interface Naming {
  readonly input: (name: string) => string
  readonly output: (name: string) => string
}

const lowerStep = (emit: Emit, step: Exclude<Step, { op: "input" | "scan" }>, args: readonly Value[], row = rows[step.op] as Row<OpName>): string => {
  // Not every kernel of onnxruntime takes operands without elements, and there is nothing to compute.
  if (sizeOf(step.shape) === 0) return emit.constant(zeros(carrierOf(step.dtype), step.shape))
  const lowered: Lowered<OpName> = { attrs: step.attrs, args, shape: step.shape, dtype: carrierOf(step.dtype) }
  return row(emit, lowered)
}

/** A lowered value by the names of its forms: the one it was made in, and the other when something asks for it. */
interface Forms {
  readonly value: Value
  readonly names: Partial<Record<Form, string>>
}

const inForm = (emit: Emit, { value, names }: Forms, form: Form): Value => {
  const name = (names[form] ??= form === "plain" ? toPlain(emit, { ...value, name: names.blocked! }) : toBlocked(emit, { ...value, name: names.plain! }))
  return { ...value, name }
}

/** The ONNX name of every step that an output is. */
const lowerSteps: LowerSteps = (program, emit, inputNamed) => {
  const { steps } = program
  const values: Forms[] = []
  /** Results of loops that have been emitted, by step. */
  const results = new Map<number, string>()
  const loops = loopsOf(steps)
  const lower = (step: Step, i: number, args: readonly Value[], row?: Row<OpName>): string => {
    if (step.op === "input") return inputNamed(step.attrs.name)
    if (step.op !== "scan") return lowerStep(emit, step, args, row)
    if (!results.has(i)) {
      const all = loops.get(i)!
      const names = lowerLoop(emit, step.attrs, args, all.map((index) => (steps[index] as LoopStep).attrs), lowerSteps)
      all.forEach((index, k) => results.set(index, names[k]!))
    }
    return results.get(i)!
  }
  const plan = planSteps(program, emit)
  const place = (i: number): Forms => {
    const [step, { args, row, forms, form = "plain" }] = [steps[i]!, must(plan[i], "a step that is lowered")]
    // Arguments have been placed before, but for inputs and constants that only a pattern reads.
    const name = lower(step, i, args.map((index, k) => inForm(emit, (values[index] ??= place(index)), forms?.[k] ?? "plain")), row)
    return { value: { name, shape: step.shape, dtype: carrierOf(step.dtype) }, names: { [form]: name } }
  }
  for (const i of listedOrder(program)) if (plan[i] !== undefined) values[i] ??= place(i)
  const named = new Map(Object.values(program.outputs).map((index) => [index, inForm(emit, values[index]!, "plain").name]))
  return (index) => named.get(index)!
}

/**
 * Gives every output its own name. The node that computes it is made to write there; an output that is an
 * argument, a literal or a second name of a value is a copy.
 */
const nameOutputs = (program: Program, emit: Emit, valueOf: Results, outputName: Naming["output"]): readonly OnnxNode[] => {
  const computed = new Set(emit.nodes.flatMap(({ output }) => output))
  const renamed = new Map<string, string>()
  const copies: [string, string][] = []
  for (const [name, index] of Object.entries(program.outputs)) {
    const value = valueOf(index)
    if (computed.has(value) && !renamed.has(value)) renamed.set(value, outputName(name))
    else copies.push([value, outputName(name)])
  }
  const rename = (value: string) => renamed.get(value) ?? value
  return [
    ...emit.nodes.map((node) => renamedNode(node, rename)),
    ...copies.map(([from, to]) => ({ opType: "Identity", domain: "", input: [rename(from)], output: [to], attribute: [] })),
  ]
}

/** A node under other names, graphs inside of it included: those read values by the names they have outside. */
const renamedNode = (node: OnnxNode, rename: (value: string) => string): OnnxNode => ({
  ...node,
  input: node.input.map(rename),
  output: node.output.map(rename),
  attribute: node.attribute.map((each) =>
    each.g === undefined ? each : { ...each, g: { ...each.g, node: each.g.node.map((inside) => renamedNode(inside, rename)) } },
  ),
})

/** The nodes of a program, whose inputs and outputs have those names. Its literals are in `emit`. */
export const lowerNodes = (program: Program, emit: Emit, naming: Naming): readonly OnnxNode[] =>
  nameOutputs(program, emit, lowerSteps(program, emit, naming.input), naming.output)

/** For how the model will be run. Results are the same bytes for any number of threads. */
export interface Lowering {
  /** The CPU unless said otherwise. */
  readonly provider?: "cpu" | OnnxProvider
  /** The most that a run has. */
  readonly threads?: number
  /** Channels of a block on this processor, 0 for none. */
  readonly block?: number
}

export const lowerProgram = (program: Program, lowering: Lowering = {}): OnnxModel => {
  const emit = new Emit(lowering)
  const node = lowerNodes(program, emit, { input: inputName, output: outputName })
  return {
    irVersion,
    producerName: "cambium",
    opsetImport: [
      { domain: "", version: emit.has("Attention") ? opsetOfAttention : opset },
      { domain: microsoft, version: 1 },
      ...(emit.block > 0 ? [{ domain: nchwc, version: 1 }] : []),
    ],
    graph: {
      name: "program",
      node,
      initializer: emit.literals,
      input: Object.entries(program.inputs).map(([name, index]) => valueInfo(inputName(name), program.steps[index]!)),
      output: Object.entries(program.outputs).map(([name, index]) => valueInfo(outputName(name), program.steps[index]!)),
    },
  }
}

/** The program as the bytes of an `.onnx` file. Equal programs give equal bytes. */
export const encodeProgram = (program: Program, lowering: Lowering = {}): Uint8Array => encodeModel(lowerProgram(program, lowering))
