/**
 * Sweeps from outside a graph file (`--sweep node.param=a,b,c`): every combination of values is a cell, built as a graph
 * of its own, and the cells are laid over each other. Nodes that are the same in all cells are there once, under their
 * path; the others once for each value of the params they depend on, at `path[param=a]`. SPEC G8.
 */
import * as E from "fp-ts/lib/Either.js"
import { hashJson, type Hash } from "../base/hash.ts"
import { canonical, type Json } from "../base/json.ts"
import { buildGraph } from "./build.ts"
import type { GraphFile } from "./builder.ts"
import { cellPath, type Row } from "./cell.ts"
import type { Graph, GraphIssue, Node } from "./graph.ts"
import { parseOverride, type Override } from "./override.ts"

/** A param, as overrides name it, and the values it takes. */
export interface Sweep {
  readonly target: string
  readonly values: readonly Json[]
}

/** One combination of values. */
export interface SweepCell {
  /** The values by the names that paths show. */
  readonly row: Row
  /** From paths of the file to paths of the swept graph. */
  readonly paths: ReadonlyMap<string, string>
}

/** Reads `target=a,b,c`. The values are JSON where they parse as JSON, else texts. */
export const parseSweep = (text: string): E.Either<string, Sweep> => {
  const override = parseOverride(text)
  if (E.isLeft(override)) return E.left(`--sweep expects node.param=a,b,c, got ${JSON.stringify(text)}`)
  const { target } = override.right
  const raw = text.slice(target.length + 1)
  const whole = E.tryCatch(() => JSON.parse(`[${raw}]`) as readonly Json[], String)
  if (E.isRight(whole)) return E.right({ target, values: whole.right })
  return E.right({ target, values: raw.split(",").map((item) => E.getOrElse((): Json => item)(E.tryCatch(() => JSON.parse(item) as Json, String))) })
}

/** The swept graph and its cells, or everything that is wrong with some cell. */
export const sweepCells = (
  file: GraphFile,
  overrides: readonly Override[],
  sweeps: readonly Sweep[],
): E.Either<readonly GraphIssue[], { readonly graph: Graph; readonly cells: readonly SweepCell[] }> => {
  const wrong = sweepIssues(sweeps)
  if (wrong.length > 0) return E.left(wrong)
  const names = axisNames(sweeps)
  const rows = product(sweeps.map(({ values }) => values))
  const graphs: Graph[] = []
  const issues = new Map<string, GraphIssue>()
  for (const row of rows) {
    const built = buildGraph(file, [...overrides, ...sweeps.map(({ target }, axis) => ({ target, value: row[axis] as Json }))])
    if (E.isRight(built)) graphs.push(built.right)
    else for (const issue of built.left) issues.set(canonical(issue as unknown as Json), issue)
  }
  return issues.size > 0 ? E.left([...issues.values()]) : E.right(layOver(names, rows, graphs))
}

/** The graph of all cells of a sweep; without sweeps, the graph of the file. */
export const sweepGraph = (file: GraphFile, overrides: readonly Override[], sweeps: readonly Sweep[]): E.Either<readonly GraphIssue[], Graph> =>
  E.map(({ graph }: { readonly graph: Graph }) => graph)(sweepCells(file, overrides, sweeps))

const sweepIssues = (sweeps: readonly Sweep[]): readonly GraphIssue[] =>
  sweeps.flatMap(({ target, values }, i): readonly GraphIssue[] => {
    const issue = (expected: string): readonly GraphIssue[] => [{ _tag: "BadOverride", target, expected }]
    if (sweeps.findIndex((other) => other.target === target) !== i) return issue("every param swept once")
    return new Set(values.map(canonical)).size < Math.max(1, values.length) ? issue("one or more values, each once") : []
  })

/** The param alone where no other sweep has a param of that name, else the whole target. */
const axisNames = (sweeps: readonly Sweep[]): readonly string[] => {
  const params = sweeps.map(({ target }) => target.slice(target.lastIndexOf(".") + 1))
  return sweeps.map(({ target }, i) => (params.filter((param) => param === params[i]).length > 1 ? target : (params[i] as string)))
}

const product = (axes: readonly (readonly Json[])[]): readonly (readonly Json[])[] =>
  axes.reduce<readonly (readonly Json[])[]>((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])), [[]])

const layOver = (names: readonly string[], rows: readonly (readonly Json[])[], graphs: readonly Graph[]): { readonly graph: Graph; readonly cells: readonly SweepCell[] } => {
  const prints = graphs.map(fingerprints)
  const axesOf = new Map<string, readonly number[]>()
  const pathIn = (path: string, cell: number): string => {
    const axes = axesOf.get(path) ?? dependsOn(rows, prints.map((of) => of.get(path)))
    axesOf.set(path, axes)
    return axes.length === 0 ? path : cellPath(path, Object.fromEntries(axes.map((axis) => [names[axis] as string, rows[cell]?.[axis] as Json])))
  }
  const nodes = new Map<string, Node>()
  const cells = graphs.map((graph, cell): SweepCell => {
    const paths = new Map([...graph.nodes.keys()].map((path) => [path, pathIn(path, cell)]))
    const renamed = (path: string): string => paths.get(path) as string
    for (const node of graph.nodes.values()) {
      const path = renamed(node.path)
      if (nodes.has(path)) continue
      nodes.set(path, { ...node, path, inputs: Object.fromEntries(Object.entries(node.inputs).map(([port, refs]) => [port, refs.map((ref) => ({ ...ref, node: renamed(ref.node) }))])) })
    }
    return { row: Object.fromEntries(names.map((name, axis) => [name, rows[cell]?.[axis] as Json])), paths }
  })
  const first = graphs[0] as Graph
  const params = Object.entries(first.params).filter(([name, value]) => graphs.every((graph) => canonical(graph.params[name] ?? null) === canonical(value)))
  return { graph: { name: first.name, params: Object.fromEntries(params), nodes }, cells }
}

/** Of every node, a hash of all that it is made of down to the sources. */
const fingerprints = (graph: Graph): ReadonlyMap<string, Hash> => {
  const prints = new Map<string, Hash>()
  for (const { path, kind, params, salt, controls, inputs } of graph.nodes.values()) {
    const edges = Object.entries(inputs).map(([port, refs]): Json => [port, refs.map((ref) => [ref.port, prints.get(ref.node) ?? null])])
    prints.set(path, hashJson([path, kind.id, params, salt, (controls ?? {}) as Json, edges]))
  }
  return prints
}

/** The axes that a node depends on, by its fingerprint in each cell (undefined where it is not there). */
const dependsOn = (rows: readonly (readonly Json[])[], prints: readonly (Hash | undefined)[]): readonly number[] => {
  const all = (rows[0] ?? []).map((_, axis) => axis)
  const differs = (axes: readonly number[]): boolean => {
    const seen = new Map<string, Hash>()
    return rows.some((row, cell) => {
      const print = prints[cell]
      const place = canonical(axes.map((axis) => row[axis] as Json))
      if (print === undefined) return false
      const before = seen.get(place)
      seen.set(place, print)
      return before !== undefined && before !== print
    })
  }
  if (!differs([])) return []
  const needed = all.filter((axis) => differs(all.filter((other) => other !== axis)))
  // A node that is only in some cells may hide an axis.
  return differs(needed) ? all : needed
}
