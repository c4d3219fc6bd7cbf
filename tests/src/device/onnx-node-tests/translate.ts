/** An ONNX model as a program of ours: node by node through the table of translations. */
import { must } from "../../../../src/base/assert.ts"
import type { NdArray, Tensors } from "../../../../src/base/ndarray.ts"
import type { Expr, Exprs } from "../../../../src/tensor/expr.ts"
import { makeProgram } from "../../../../src/tensor/make-program.ts"
import { constant } from "../../../../src/tensor/source.ts"
import { TraceError } from "../../../../src/tensor/trace-error.ts"
import { interpret } from "../../../support/interpreter.ts"
import { contraction } from "./contraction.ts"
import { elementwise } from "./elementwise.ts"
import { images } from "./images.ts"
import { layout } from "./layout.ts"
import { arrayOf, type FileModel, NotOurs } from "./model-file.ts"
import { recurrentCells } from "./recurrent.ts"
import { Site, type Translations } from "./translation.ts"

export const translations: Translations = { ...elementwise, ...contraction, ...layout, ...images, ...recurrentCells }

/**
 * The outputs of a model, traced, in their order. `inputs` are the expressions of its inputs by name, `values` the arrays they
 * stand for, which decide what ONNX leaves to run time: shapes, axes, bounds. Throws `NotOurs` for what Cambium does not have.
 */
export const translate = ({ graph, opsetImport }: FileModel, inputs: Exprs, values: Tensors): readonly Expr[] => {
  const version = opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version ?? 1
  const known = new Map<string, Expr>(Object.entries(inputs))
  for (const tensor of graph.initializer) known.set(tensor.name, constant(arrayOf(tensor)))
  const valueOf = (x: Expr): NdArray => {
    const program = makeProgram({ outputs: { x } })
    return must(interpret(program, Object.fromEntries(Object.keys(program.inputs).map((name) => [name, must(values[name], name)])))["x"], "value")
  }
  for (const node of graph.node) {
    const row = translations[node.opType]
    if (row === undefined || (node.domain !== "" && node.domain !== "ai.onnx")) throw new NotOurs(`the operator ${node.opType}`)
    const args = node.input.map((name) => (name === "" ? undefined : must(known.get(name), name)))
    const results = [row(new Site(node, args, version, valueOf))].flat()
    if (results.length < node.output.filter((name) => name !== "").length) throw new NotOurs(`${node.output.length} results of ${node.opType}`)
    node.output.forEach((name, i) => known.set(name, must(results[i], name)))
  }
  return graph.output.map(({ name }) => must(known.get(name), name))
}

/** Why a model is not ours, in words; any other error is a mistake in the translation, and thrown. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof NotOurs) return error.message
  if (error instanceof TraceError) return `${error.op} of ${error.operands.map(({ dtype }) => dtype).join(", ")}: expected ${error.expected}`
  throw error
}
