/** `cambium diff A [B]`: what differs between two graphs, files or past runs, and what the second would run for it. Runs nothing. */
import * as E from "fp-ts/lib/Either.js"
import type { Json } from "../../src/base/json.ts"
import type { Forecast } from "../../src/engine/forecast.ts"
import { lastRunsOf } from "../../src/engine/last-run.ts"
import { compareGraphs, describeChange, type PlainNode } from "../../src/graph/compare.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { graphToJson } from "../../src/graph/json.ts"
import type { Hash } from "../../src/base/hash.ts"
import type { Store } from "../../src/store/store.ts"
import { existsSync } from "node:fs"
import { exitCode } from "./exit-code.ts"
import { columnsOf } from "./fitted.ts"
import { diffLines, diffText, type GraphDiff } from "./diff-lines.ts"
import { loadGraph, type LoadProblem } from "./load-graph-file.ts"
import { paintFor } from "./paint.ts"
import { readRunLine, type RunOptions } from "./run-options.ts"
import { deviceFor, forecastFor, withStore } from "./setting.ts"
import { tellProblem } from "./tell-problem.ts"

/** One of the two: its nodes, the code version of each where that is known, and a graph unless it is a past run. */
interface Side {
  readonly nodes: readonly PlainNode[]
  readonly codes: ReadonlyMap<string, string>
  readonly graph: Graph | undefined
  readonly forecast: Forecast | undefined
}

export const diffCommand = async (args: readonly string[]): Promise<number> => {
  const read = readRunLine("diff", args)
  if (E.isLeft(read)) {
    console.error(read.left)
    return exitCode.wrongInput
  }
  const { line, options } = read.right
  const [a = "", b = a] = line.operands
  return withStore(options.store, async (store) => {
    const [left, right] = [await sideOf(a, [], options, store), await sideOf(b, options.set, options, store)]
    for (const side of [left, right]) {
      if (E.isRight(side)) continue
      tellProblem(side.left, options.debug)
      return exitCode.wrongInput
    }
    if (E.isLeft(left) || E.isLeft(right)) return exitCode.wrongInput
    const found = diffOf(left.right, right.right)
    if (options.json) for (const one of diffLines(found, options.jobs)) console.log(JSON.stringify(one))
    else console.log(diffText(found, options.jobs, paintFor(process.stdout), columnsOf(process.stdout)))
    return exitCode.done
  }, true)
}

const sideOf = async (name: string, set: readonly string[], { tiny, device: asked, seed }: RunOptions, store: Store): Promise<E.Either<LoadProblem, Side>> => {
  if (!existsSync(name)) return pastSide(name, set, store)
  const graph = await loadGraph(name, { set, tiny })
  if (E.isLeft(graph)) return graph
  const device = await deviceFor(graph.right, asked, store)
  if (E.isLeft(device)) return E.left({ messages: [device.left] })
  const forecast = await forecastFor(graph.right, store, device.right, seed)
  const codes = new Map([...forecast.records.values()].flatMap(({ path, parts }) => (parts === undefined ? [] : [[path, parts.code] as const])))
  return E.right({ nodes: plainNodes(graphToJson(graph.right)), codes, graph: graph.right, forecast })
}

/** A past run by its name (the newest of that name) or its id. */
const pastSide = (name: string, set: readonly string[], store: Store): E.Either<LoadProblem, Side> => {
  const runs = store.runLog.runs()
  const run = runs.find((one) => (one.id === name || one.name === name) && one.digest !== undefined)
  const kept = run?.digest === undefined ? undefined : (store.runLog.graphOf(run.digest) as { readonly graph: Json; readonly keys: { readonly [path: string]: Hash } } | undefined)
  const names = [...new Set(runs.map((one) => one.name))].join(", ")
  if (kept === undefined) return E.left({ messages: [`${name}: expected a graph file or the name of a past run that ended; ${names === "" ? "there are no runs yet" : `there are the runs ${names}`}`] })
  if (set.length > 0) return E.left({ messages: [`${name}: --set is for graph files, and this is a past run`] })
  const { trace } = lastRunsOf(store.notes, run?.graph ?? "")
  const codes = new Map(Object.entries(kept.keys).flatMap(([path, key]) => {
    const code = trace(key)?.code
    return code === undefined ? [] : [[path, code] as const]
  }))
  return E.right({ nodes: plainNodes(kept.graph), codes, graph: undefined, forecast: undefined })
}

const plainNodes = (graph: Json): readonly PlainNode[] => (graph as unknown as { readonly nodes: readonly PlainNode[] }).nodes

const diffOf = (a: Side, b: Side): GraphDiff => {
  const { added, removed, changed } = compareGraphs(a.nodes, b.nodes)
  const changes = new Map(changed.map(({ path, changes: found }) => [path, found.map(describeChange)]))
  for (const { path } of b.nodes) {
    const [before, now] = [a.codes.get(path), b.codes.get(path)]
    if (before !== undefined && now !== undefined && before !== now && !(changes.get(path) ?? []).some((text) => text.startsWith("kind "))) changes.set(path, ["code", ...(changes.get(path) ?? [])])
  }
  const touched = new Set([...added.map(({ path }) => path), ...changes.keys()])
  if (b.graph !== undefined) for (const { path, inputs } of b.graph.nodes.values()) if (Object.values(inputs).some((refs) => refs.some(({ node }) => touched.has(node)))) touched.add(path)
  return { added, removed, changed: [...changes].map(([path, list]) => ({ path, changes: list })), touched, forecast: b.forecast }
}
