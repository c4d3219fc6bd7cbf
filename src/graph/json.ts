/**
 * The JSON form of a graph: nodes in dependency order with the ids of their kinds, complete params, and edges written
 * `path.port` (a port holds no dot). Code is not in it: reading needs the kinds. SPEC G5.
 */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import type { Json } from "../base/json.ts"
import { hint } from "../schema/closest.ts"
import { describeErrors } from "../schema/describe.ts"
import { decodeParams } from "../schema/param.ts"
import { ControlsJson, type Controls } from "./controls.ts"
import type { Graph, GraphIssue, KnobRange, Node, Ref } from "./graph.ts"
import type { Signature } from "./signature.ts"
import { validate } from "./validate.ts"

const Params = t.record(t.string, t.unknown)
const NodeJson = t.intersection([
  t.type({ path: t.string, kind: t.string, params: Params, inputs: t.record(t.string, t.array(t.string)) }),
  t.partial({ knobs: t.record(t.string, t.partial({ min: t.number, max: t.number, step: t.number })), salt: t.string, controls: ControlsJson }),
])
const GraphJson = t.type({ name: t.string, params: Params, nodes: t.array(NodeJson) })

/** `{ name, params, nodes: [{ path, kind, params, inputs, knobs?, salt?, controls? }] }`; members that would be empty are left out. */
export const graphToJson = (graph: Graph): Json => ({
  name: graph.name,
  params: graph.params,
  nodes: [...graph.nodes.values()].map((node) => ({
    path: node.path,
    kind: node.kind.id,
    params: node.params,
    inputs: Object.fromEntries(Object.entries(node.inputs).map(([port, refs]) => [port, refs.map((ref) => `${ref.node}.${ref.port}`)])),
    ...(Object.keys(node.knobs).length > 0 ? { knobs: node.knobs as { readonly [param: string]: { readonly [bound: string]: number } } } : {}),
    ...(node.salt !== "" ? { salt: node.salt } : {}),
    ...(node.controls !== undefined ? { controls: node.controls as Json } : {}),
  })),
})

/** The graph, or everything that is wrong with `json`. `kinds` are found by their id. */
export const graphFromJson = (json: unknown, kinds: readonly Signature[]): E.Either<readonly GraphIssue[], Graph> => {
  const decoded = GraphJson.decode(json)
  if (E.isLeft(decoded)) return E.left([{ _tag: "BadJson", message: describeErrors(decoded.left) }])
  const { name, params, nodes: listed } = decoded.right
  const byId = new Map(kinds.map((kind) => [kind.id, kind]))
  const issues: GraphIssue[] = []
  const nodes = new Map<string, Node>()
  for (const item of listed) {
    const kind = byId.get(item.kind)
    if (kind === undefined) {
      issues.push(unknownKind(item.path, item.kind, [...byId.keys()]))
      continue
    }
    if (nodes.has(item.path)) issues.push({ _tag: "DuplicatePath", node: item.path })
    const values = decodeParams(kind.params, item.params)
    if (E.isLeft(values)) issues.push(...values.left.map((issue) => ({ ...issue, _tag: "BadParam" as const, node: item.path })))
    nodes.set(item.path, {
      path: item.path,
      kind,
      params: E.isRight(values) ? values.right : {},
      inputs: Object.fromEntries(Object.entries(item.inputs).map(([port, refs]) => [port, refs.map(readRef)])),
      knobs: (item.knobs ?? {}) as { readonly [param: string]: KnobRange },
      salt: item.salt ?? "",
      ...(item.controls === undefined ? {} : { controls: item.controls as Controls }),
    })
  }
  if (issues.length > 0) return E.left(issues)
  return validate({ name, params: params as Graph["params"], nodes })
}

const readRef = (text: string): Ref => {
  const dot = text.lastIndexOf(".")
  return dot < 0 ? { node: text, port: "" } : { node: text.slice(0, dot), port: text.slice(dot + 1) }
}

const unknownKind = (node: string, got: string, known: readonly string[]): GraphIssue => {
  return { _tag: "UnknownKind", node, expected: `a known kind${hint(got, known)}`, got: `the kind ${JSON.stringify(got)}` }
}
