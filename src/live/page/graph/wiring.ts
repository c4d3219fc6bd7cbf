/** Wires drawn and taken away on the canvas, as edits. The server checks them; what can be told from the types is told at once. */
import type { InputView, NodeView, OutputView } from "../../protocol/graph-view.ts"
import type { LiveEdit } from "../../protocol/live-edit.ts"
import { readEdge } from "../view/view.ts"

type Nodes = { readonly [path: string]: NodeView }

interface Ends {
  readonly source: string
  readonly sourceHandle?: string | null
  readonly target: string
  readonly targetHandle?: string | null
}

/** Equal names, and of streams only to streams, but for those that can be joined. */
export const fits = (output: OutputView, input: InputView): boolean =>
  input.isStream ? output.isStream && output.type === input.type : output.isStream ? output.collects === input.type : output.type === input.type

/** The wire as an edit: added to an input that takes many, in place of the one there was else. Undefined when it cannot be. */
export const wireInto = (nodes: Nodes, { source, sourceHandle, target, targetHandle }: Ends): LiveEdit | undefined => {
  const output = nodes[source]?.outputs.find(({ name }) => name === sourceHandle)
  const input = nodes[target]?.inputs.find(({ name }) => name === targetHandle)
  if (output === undefined || input === undefined || source === target || !fits(output, input)) return undefined
  const wire = `${source}.${output.name}`
  const old = input.arity === "many" ? textsOf(input) : []
  return old.includes(wire) ? undefined : { op: "rewire", node: target, inputs: { [input.name]: [...old, wire] } }
}

/** The edge taken away; undefined when `edge` names none. */
export const unwire = (nodes: Nodes, edge: string): LiveEdit | undefined => {
  const ends = readEdge(edge)
  const input = ends === undefined ? undefined : nodes[ends.to.node]?.inputs.find(({ name }) => name === ends.to.port)
  if (ends === undefined || input === undefined) return undefined
  return { op: "rewire", node: ends.to.node, inputs: { [input.name]: textsOf(input).filter((wire) => wire !== `${ends.from.node}.${ends.from.port}`) } }
}

const textsOf = (input: InputView): readonly string[] => input.from.map(({ node, port }) => `${node}.${port}`)
