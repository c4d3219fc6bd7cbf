/**
 * Checks the wiring of a graph and puts its nodes in order. Types already caught most of this in the editor; graphs that
 * come from JSON, from macros or from plain JavaScript are checked only here. SPEC G4.
 */
import * as E from "fp-ts/lib/Either.js"
import { hint } from "../schema/closest.ts"
import { controlIssues } from "./controls.ts"
import { portFits } from "../schema/stream.ts"
import type { Graph, GraphIssue, Node, Ref } from "./graph.ts"
import { tableOf } from "./node-table.ts"
import { dependencyOrder } from "./order.ts"
import type { Input } from "./signature.ts"

const pathPattern = /^[\p{L}\p{N}_-]+(\[[^[\]/]+\])?(\/[\p{L}\p{N}_-]+(\[[^[\]/]+\])?)*$/u

/** The graph with its nodes in dependency order, or every issue found. */
export const validate = (graph: Graph): E.Either<readonly GraphIssue[], Graph> => {
  const issues = [...graph.nodes.values()].flatMap((node) => nodeIssues(node, (path) => graph.nodes.get(path)))
  if (issues.length > 0) return E.left(issues)
  const order = dependencyOrder(graph.nodes)
  return E.isLeft(order)
    ? E.left([{ _tag: "Cycle", nodes: order.left }])
    : E.right({ ...graph, nodes: tableOf(order.right) })
}

/** What is wrong with one node and its edges; `get` finds the nodes of its graph. */
export const nodeIssues = (node: Node, get: (path: string) => Node | undefined): readonly GraphIssue[] => {
  const issues: GraphIssue[] = []
  if (!pathPattern.test(node.path)) {
    issues.push({ _tag: "BadPath", node: node.path, expected: "letters, digits, - and _, in parts joined by /" })
  }
  for (const port of Object.keys(node.inputs)) {
    if (port in node.kind.inputs) continue
    const known = Object.keys(node.kind.inputs).join(", ") || "no inputs"
    issues.push({ _tag: "UnknownInput", node: node.path, port, expected: `${known}${hint(port, Object.keys(node.kind.inputs))}` })
  }
  for (const [port, input] of Object.entries(node.kind.inputs)) {
    const refs = node.inputs[port] ?? []
    issues.push(...arityIssues(node, port, input, refs), ...refs.flatMap((ref) => edgeIssues(get, node, port, input, ref)))
  }
  return [...issues, ...controlIssues(node)]
}

const arityIssues = (node: Node, port: string, input: Input, refs: readonly Ref[]): readonly GraphIssue[] => {
  const about = { node: node.path, port }
  if (refs.length === 0 && input.arity !== "optional") return [{ _tag: "MissingInput", ...about, expected: `an output of type ${input.type.name}` }]
  if (refs.length > 1 && input.arity !== "many") return [{ _tag: "BadEdge", ...about, expected: "one output", got: `${refs.length} outputs` }]
  return []
}

const edgeIssues = (get: (path: string) => Node | undefined, node: Node, port: string, input: Input, ref: Ref): readonly GraphIssue[] => {
  const about = { _tag: "BadEdge", node: node.path, port } as const
  const expected = `an output of type ${input.type.name}`
  if (typeof ref !== "object" || ref === null || typeof ref.node !== "string") return [{ ...about, expected, got: String(ref) }]
  const from = get(ref.node)
  if (from === undefined) return [{ ...about, expected, got: `${ref.node}.${ref.port}, and there is no node ${ref.node}` }]
  const type = from.kind.outputs[ref.port]
  if (type === undefined) {
    return [{ ...about, expected, got: `${ref.node}.${ref.port}, and ${ref.node} has the outputs ${Object.keys(from.kind.outputs).join(", ")}` }]
  }
  return portFits(type, input.type) ? [] : [{ ...about, expected, got: `${ref.node}.${ref.port} of type ${type.name}` }]
}
