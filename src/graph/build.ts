/**
 * Builds a graph file: runs its wiring under overrides and gives back the graph, or everything that is wrong with it.
 * Sub-graphs and tables are expanded on the way, to nodes with paths of their own. SPEC G3, G4, G7, G8.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Json } from "../base/json.ts"
import { messageOf } from "../base/message.ts"
import { decodeParams, type Params } from "../schema/param.ts"
import type { AddOptions, Builder, GraphFile } from "./builder.ts"
import { cellPath } from "./cell.ts"
import type { Graph, GraphIssue, KnobRange, Node, Ref } from "./graph.ts"
import { applyOverrides, unusedOverrides, type Override } from "./override.ts"
import type { Signature } from "./signature.ts"
import type { Subgraph } from "./subgraph.ts"
import { validate } from "./validate.ts"
import type { KnobValue } from "./wiring.ts"

type Values = Readonly<Record<string, unknown>>

/** What the wiring of one graph file has added so far. */
interface Growing {
  readonly nodes: Map<string, Node>
  /** Params by the paths that overrides may name: nodes and sub-graphs. */
  readonly places: Map<string, Params>
  readonly issues: GraphIssue[]
  readonly overrides: readonly Override[]
}

/** The graph under `overrides`, or everything that is wrong with it. */
export const buildGraph = (file: GraphFile, overrides: readonly Override[] = []): E.Either<readonly GraphIssue[], Graph> => {
  const own = decodeParams(file.params, applyOverrides({}, undefined, file.params, overrides))
  if (E.isLeft(own)) {
    return E.left(own.left.map(({ param, expected, got }) => ({ _tag: "BadGraphParam", param, expected, got })))
  }
  const growing: Growing = { nodes: new Map(), places: new Map(), issues: [], overrides }
  const { nodes, issues } = growing
  try {
    file.build(builderAt("", growing), own.right)
  } catch (error) {
    return E.left([...issues, buildFailed(error)])
  }
  issues.push(...unusedOverrides(overrides, file.params, growing.places))
  const checked = validate({ name: file.name, params: own.right, nodes })
  if (E.isLeft(checked)) issues.push(...checked.left)
  return issues.length > 0 || E.isLeft(checked) ? E.left(issues) : checked
}

/** What `build` adds under the path `prefix`, what it gives back, and what is wrong with params and paths. */
export const buildPart = <H>(prefix: string, build: (g: Builder) => H): { readonly nodes: ReadonlyMap<string, Node>; readonly issues: readonly GraphIssue[]; readonly given: H } => {
  const growing: Growing = { nodes: new Map(), places: new Map(), issues: [], overrides: [] }
  const given = build(builderAt(prefix, growing))
  return { nodes: growing.nodes, issues: growing.issues, given }
}

/** Adds to `growing` under the path `prefix`. */
const builderAt = (prefix: string, growing: Growing): Builder => {
  const at = (path: string): string => [prefix, path].filter((part) => part !== "").join("/")
  const builder: { readonly [M in keyof Builder]: (...args: never[]) => unknown } = {
    add: (path: string, kind: Signature, params: Values, inputs: Values = {}, { salt = "", ...controls }: AddOptions = {}) => {
      const { values, knobs } = readParams(params)
      const node: Node = { path: at(path), kind, params: paramsAt(at(path), kind.params, values, growing), inputs: readInputs(inputs), knobs, salt }
      growing.nodes.set(node.path, Object.keys(controls).length === 0 ? node : { ...node, controls })
      return Object.fromEntries(Object.entries(kind.outputs).map(([port, type]) => [port, { node: node.path, port, type }]))
    },
    use: (path: string, part: Subgraph, params: Values, inputs: Values = {}) =>
      part.build(builderAt(at(path), growing), paramsAt(at(path), part.params, params, growing), inputs as never),
    map: (path: string, table: readonly { readonly [param: string]: Json }[], cell: (g: Builder, row: unknown, index: number) => unknown) =>
      table.map((row, index) => cell(builderAt(cellPath(at(path), row), growing), row, index)),
  }
  return builder as unknown as Builder
}

/** The params of the node or sub-graph at `path`, overrides included; the defaults when some are wrong. */
const paramsAt = (path: string, own: Params, values: Values, { places, issues, overrides }: Growing): { readonly [name: string]: Json } => {
  if (places.has(path)) issues.push({ _tag: "DuplicatePath", node: path })
  places.set(path, own)
  const decoded = decodeParams(own, applyOverrides(values, path, own, overrides))
  if (E.isRight(decoded)) return decoded.right
  issues.push(...decoded.left.map((issue) => ({ ...issue, _tag: "BadParam" as const, node: path })))
  return Object.fromEntries(Object.entries(own).flatMap(([name, param]) => (param.default === undefined ? [] : [[name, param.default]])))
}

const isKnob = (value: unknown): value is KnobValue => typeof value === "object" && value !== null && (value as KnobValue)._tag === "Knob"

const readParams = (params: Values): { values: Record<string, unknown>; knobs: Record<string, KnobRange> } => {
  const values: Record<string, unknown> = {}
  const knobs: Record<string, KnobRange> = {}
  for (const [name, value] of Object.entries(params)) {
    values[name] = isKnob(value) ? value.value : value
    if (isKnob(value)) knobs[name] = value.range
  }
  return { values, knobs }
}

const readInputs = (inputs: Values): Record<string, readonly Ref[]> =>
  Object.fromEntries(
    Object.entries(inputs)
      .filter(([, wire]) => wire !== undefined)
      .map(([port, wire]) => [port, (Array.isArray(wire) ? wire : [wire]) as readonly Ref[]]),
  )

const buildFailed = (error: unknown): GraphIssue => {
  const message = messageOf(error)
  const at = error instanceof Error ? error.stack?.split("\n").find((line) => /\.ts:\d+/.test(line) && !/src\/graph\/build\.ts/.test(line))?.trim() : undefined
  return at === undefined ? { _tag: "BuildFailed", message } : { _tag: "BuildFailed", message, at }
}
