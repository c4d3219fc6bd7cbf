/** The results a node had, and the lineage of the newest: what it was made of, back to the data sets. SPEC W11. */
import { canonical, type Json } from "../../src/base/json.ts"
import type { Hash } from "../../src/base/hash.ts"
import { isComplete } from "../../src/engine/keying.ts"
import { lastRunsOf } from "../../src/engine/last-run.ts"
import type { Graph } from "../../src/graph/graph.ts"
import type { PastResult } from "../../src/store/run-log.ts"
import type { Store } from "../../src/store/store.ts"
import { ago, duration } from "./duration.ts"
import { fitted } from "./fitted.ts"
import type { LineageLine, ResultLine } from "./line-schema.ts"
import { valuesText } from "./log-runs.ts"
import type { Paint } from "./paint.ts"
import { systemClock } from "../../src/base/clock.ts"

export interface NodeLog {
  /** The newest first. */
  readonly results: readonly ResultLine[]
  /** Of the newest result, sources before what was made of them; the node itself last. */
  readonly lineage: readonly LineageLine[]
}

export const resultsOf = (store: Store, graph: Graph, node: string, limit: number): NodeLog => {
  const { trace } = lastRunsOf(store.notes, graph.name)
  const past = (path: string): readonly PastResult[] => store.runLog.resultsOf(graph.name, path)
  const own = past(node)
  const results = own.slice(0, limit).map(({ key, run, at, state, ms, outputs, value, error }): ResultLine => ({
    type: "result", node, run, at, state, key, ms, output: outputs, params: trace(key)?.params ?? null,
    ...(value === undefined ? {} : { value }),
    ...(error === undefined ? {} : { error }),
    ...(state === "failed" || isHere(store, key) ? {} : { gone: true }),
  }))
  const newest = own.find(({ state }) => state !== "failed")
  return { results, lineage: newest === undefined ? [] : lineageOf(graph, node, newest, past, store) }
}

/** Whether all bytes of the result are in the store. */
const isHere = (store: Store, key: Hash): boolean => {
  const action = store.actions.get(key)
  return action !== undefined && isComplete(store, action, "", () => true)
}

const lineageOf = (graph: Graph, node: string, newest: PastResult, past: (path: string) => readonly PastResult[], store: Store): readonly LineageLine[] => {
  const { trace } = lastRunsOf(store.notes, graph.name)
  const lines = new Map<string, LineageLine>()
  const visit = (path: string, result: PastResult): void => {
    const name = `${path} ${result.key}`
    if (lines.has(name)) return
    const parts = trace(result.key)
    for (const [port, refs] of Object.entries(graph.nodes.get(path)?.inputs ?? {})) {
      refs.forEach((ref, i) => {
        const content = parts?.inputs[port]?.[i]
        const source = past(ref.node).find(({ outputs }) => outputs[ref.port] === content)
        if (source !== undefined) visit(ref.node, source)
      })
    }
    const { key, at, ms, run, outputs } = result
    lines.set(name, { type: "lineage", node: path, kind: parts?.kind ?? graph.nodes.get(path)?.kind.id ?? "", params: parts?.params ?? {}, key, output: outputs, at, ms, run, ...(isHere(store, key) ? {} : { gone: true }) })
  }
  visit(node, newest)
  return [...lines.values()]
}

export const resultsText = (node: string, { results, lineage }: NodeLog, names: ReadonlyMap<string, string>, paint: Paint, width: number): string => {
  if (results.length === 0) return `${node}: no results in the log yet`
  const now = systemClock.wall()
  const lines = results.map(({ at, state, ms, key, params, output, value, error, run, gone }, i) => {
    const head = `  ${ago(at, now).padEnd(16)} ${state.padEnd(6)} ${(state === "reused" ? "" : duration(ms)).padStart(12)}  key ${key.slice(0, 8)}  result ${Object.values(output)[0]?.slice(0, 8) ?? "none    "}  `
    const changed = changedParams(params, results[i + 1]?.params)
    const told = [...(gone === true ? [goneText] : []), ...(value === undefined ? [] : [valuesText(value as Json)]), ...(error === undefined ? [] : [error]), ...(changed === "" ? [] : [changed]), ...(names.has(run) ? [`in ${names.get(run)}`] : [])]
    return `${head}${paint("dim", fitted(told.join("; "), width - head.length))}`
  })
  const longest = Math.max(...lineage.map(({ node: path }) => path.length), 0)
  const kinds = Math.max(...lineage.map(({ kind }) => kind.length), 0)
  const made = lineage.map(({ node: path, kind, params, output, ms, gone }) => {
    const head = `  ${path.padEnd(longest)}  ${kind.padEnd(kinds)}  ${Object.values(output)[0]?.slice(0, 8) ?? ""} ${(ms === undefined || ms === 0 ? "" : duration(ms)).padStart(12)}  `
    return `${head}${paint("dim", fitted([...(gone === true ? [goneText] : []), paramsText(params)].join("; "), width - head.length))}`
  })
  return [paint("bold", node), ...lines, ...(made.length > 1 ? ["", `${paint("bold", "made of")}`, ...made] : [])].join("\n")
}

const goneText = "known by its hash only"

type Params = { readonly [name: string]: unknown }

const changedParams = (params: Params | null, before: Params | null | undefined): string =>
  params === null || before === null || before === undefined
    ? ""
    : Object.keys(params).filter((name) => canonical((params[name] ?? null) as Json) !== canonical((before[name] ?? null) as Json)).map((name) => `${name} ${JSON.stringify(before[name])} -> ${JSON.stringify(params[name])}`).join(", ")

const paramsText = (params: Params): string => Object.entries(params).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(", ")
