/**
 * The graph that a graph file gives under an overlay. What of the overlay does not fit the file any more is left out and
 * said, so that a change of the file never takes the rest of the overlay with it. SPEC L4.
 */
import * as E from "fp-ts/lib/Either.js"
import { equalJson, type Json } from "../base/json.ts"
import { buildGraph } from "../graph/build.ts"
import type { GraphFile } from "../graph/builder.ts"
import type { ControlChange } from "../graph/controls.ts"
import { describeIssue } from "../graph/describe.ts"
import { edit, type Edit } from "../graph/edit.ts"
import type { Graph, GraphIssue, Node, Ref } from "../graph/graph.ts"
import { overridesOf, type Override } from "../graph/override.ts"
import type { Signature } from "../graph/signature.ts"
import type { Overlay } from "./overlay.ts"

/** A graph file with the overrides of the command line. */
export interface GraphSource {
  readonly file: GraphFile
  readonly overrides: readonly Override[]
}

export type Kinds = ReadonlyMap<string, Signature>

export interface Overlaid {
  readonly graph: Graph
  /** The graph as the file has it, under those params of the graph that the overlay sets. */
  readonly plain: Graph
  /** As the file alone has it. */
  readonly file: Graph
  /** What of the overlay was left out, and why, in words. */
  readonly problems: readonly string[]
}

/** Left when the file itself gives no graph. */
export const graphUnder = ({ file, overrides }: GraphSource, overlay: Overlay, kinds: Kinds): E.Either<readonly GraphIssue[], Overlaid> => {
  const alone = buildGraph(file, overrides)
  if (E.isLeft(alone)) return alone
  const targets = Object.entries(overlay.set)
  const isOfGraph = ([target]: readonly [string, Json]): boolean => !target.includes(".")
  const first = withSets({ file, overrides }, alone.right, [], targets.filter(isOfGraph))
  const second = withSets({ file, overrides }, first.graph, first.sets, targets.filter((one) => !isOfGraph(one)))
  const known = new Map([...kinds, ...[...second.graph.nodes.values()].map(({ kind }) => [kind.id, kind] as const)])
  const edited = withGroups(second.graph, groupsOf(overlay, known))
  return E.right({ graph: edited.graph, plain: first.graph, file: alone.right, problems: [...first.problems, ...second.problems, ...edited.problems] })
}

/** `before` hold already. All of `sets` at once; if that fails, one after another, without those that do not fit. */
const withSets = ({ file, overrides }: GraphSource, graph: Graph, before: readonly Override[], sets: readonly (readonly [string, Json])[]): { readonly graph: Graph; readonly sets: readonly Override[]; readonly problems: readonly string[] } => {
  if (sets.length === 0) return { graph, sets: before, problems: [] }
  const all = [...before, ...overridesOf(Object.fromEntries(sets))]
  const built = buildGraph(file, [...overrides, ...all])
  if (E.isRight(built)) return { graph: built.right, sets: all, problems: [] }
  let now = { graph, sets: before, problems: [] as readonly string[] }
  for (const [target, value] of sets) {
    const more = [...now.sets, { target, value }]
    const one = buildGraph(file, [...overrides, ...more])
    now = E.isRight(one) ? { ...now, graph: one.right, sets: more } : { ...now, problems: [...now.problems, ...one.left.map(describeIssue)] }
  }
  return now
}

/** Edits that belong together, in the order they have to come in. */
type Group = (graph: Graph) => E.Either<string, readonly Edit[]>

const groupsOf = (overlay: Overlay, kinds: Kinds): readonly Group[] => [
  (graph) => E.right(overlay.remove.filter((path) => graph.nodes.has(path)).map((path): Edit => ({ op: "remove", path }))),
  ...overlay.add.map((added): Group => () => {
    const kind = kinds.get(added.kind)
    if (kind === undefined) return E.left(`node ${added.path}: there is no kind ${added.kind}`)
    return E.right([{ op: "add", node: { path: added.path, kind, params: added.params, inputs: wiresOf(added.inputs), knobs: {}, salt: "" } }])
  }),
  ...Object.entries(overlay.salts).map(([path, salt]): Group => (graph) => E.map((node: Node): readonly Edit[] => [{ op: "replace", node: { ...node, salt } }])(nodeOf(graph, path))),
  ...Object.entries(overlay.wires).map(([path, ports]): Group => () => E.right([{ op: "rewire", path, inputs: wiresOf(ports) }])),
  ...Object.entries(overlay.controls).map(([path, controls]): Group => () => E.right([{ op: "control", path, controls: changeOf(controls) }])),
]

const nodeOf = (graph: Graph, path: string): E.Either<string, Node> => {
  const node = graph.nodes.get(path)
  return node === undefined ? E.left(`node ${path}: there is no such node to edit`) : E.right(node)
}

/** All groups at once, for what one removes another may rewire; if that fails, one after another, without those that do not fit. */
const withGroups = (graph: Graph, groups: readonly Group[]): { readonly graph: Graph; readonly problems: readonly string[] } => {
  const all = groups.map((group) => group(graph))
  if (all.every(E.isRight)) {
    const edited = edit(graph, all.flatMap(({ right }) => right))
    if (E.isRight(edited)) return { graph: edited.right.graph, problems: [] }
  }
  let now = { graph, problems: [] as readonly string[] }
  for (const group of groups) {
    const edits = group(now.graph)
    const edited = E.isLeft(edits) ? edits : E.mapLeft((issues: readonly GraphIssue[]) => issues.map(describeIssue).join("; "))(edit(now.graph, edits.right))
    now = E.isRight(edited) ? { ...now, graph: edited.right.graph } : { ...now, problems: [...now.problems, edited.left] }
  }
  return now
}

/** `node.port`, in which the port has no dot. */
export const refOf = (wire: string): Ref => {
  const dot = wire.lastIndexOf(".")
  return dot < 0 ? { node: wire, port: "" } : { node: wire.slice(0, dot), port: wire.slice(dot + 1) }
}

const wiresOf = (inputs: { readonly [port: string]: readonly string[] }): Node["inputs"] => Object.fromEntries(Object.entries(inputs).map(([port, wires]) => [port, wires.map(refOf)]))

const changeOf = (controls: { readonly [name: string]: Json }): ControlChange => Object.fromEntries(Object.entries(controls).map(([name, value]) => [name, value ?? undefined]))

/**
 * The edits that lead from the graph under one overlay to that under another, where they only touch params, salts and
 * controls of nodes that are there; undefined where the graph has to be built again. So a knob costs what it touches.
 */
export const editsBetween = ({ graph, plain }: Overlaid, before: Overlay, after: Overlay): readonly Edit[] | undefined => {
  for (const part of ["remove", "wires"] as const) if (!equalJson(before[part] as Json, after[part] as Json)) return undefined
  const edits: Edit[] = []
  for (const target of differing(before.set, after.set)) {
    const { node: path, port: param } = refOf(target)
    const value = after.set[target] ?? plain.nodes.get(path)?.params[param]
    if (!target.includes(".") || value === undefined || !graph.nodes.has(path)) return undefined
    edits.push({ op: "set", path, params: { [param]: value } })
  }
  if (before.add.length !== after.add.length) return undefined
  for (const [i, added] of after.add.entries()) {
    const old = before.add[i]
    if (old === undefined || !equalJson({ ...old, params: {} }, { ...added, params: {} })) return undefined
    const names = differing(old.params, added.params)
    if (names.some((name) => added.params[name] === undefined) || (names.length > 0 && !graph.nodes.has(added.path))) return undefined
    if (names.length > 0) edits.push({ op: "set", path: added.path, params: Object.fromEntries(names.map((name) => [name, added.params[name] as Json])) })
  }
  for (const path of differing(before.salts, after.salts)) {
    const [node, salt] = [graph.nodes.get(path), after.salts[path] ?? plain.nodes.get(path)?.salt]
    if (node === undefined || salt === undefined) return undefined
    // First: it has the params that the node had.
    edits.unshift({ op: "replace", node: { ...node, salt } })
  }
  for (const path of differing(before.controls, after.controls)) {
    if (!graph.nodes.has(path)) return undefined
    const own = plain.nodes.get(path)?.controls ?? {}
    const names = [...new Set([...Object.keys(before.controls[path] ?? {}), ...Object.keys(after.controls[path] ?? {})])]
    const now = after.controls[path] ?? {}
    edits.push({ op: "control", path, controls: Object.fromEntries(names.map((name) => [name, name in now ? (now[name] ?? undefined) : own[name as keyof typeof own]])) })
  }
  return edits
}

const differing = (a: { readonly [key: string]: Json }, b: { readonly [key: string]: Json }): readonly string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !equalJson(a[key] ?? null, b[key] ?? null))
