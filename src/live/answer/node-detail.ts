/** All that is known of one node, for the panel beside the graph: why, from what, what it came to before, and its lineage. */
import type { Engine } from "../../engine/engine.ts"
import { describeWhy } from "../../engine/describe-why.ts"
import type { Outcome, Why } from "../../engine/event.ts"
import type { Graph, Node } from "../../graph/graph.ts"
import { sourcesOf } from "../../graph/node-table.ts"
import type { Store } from "../../store/store.ts"
import type { Board } from "../board.ts"
import type { Journal } from "../journal.ts"
import type { NodeDetail } from "../protocol/question.ts"

export interface DetailSite {
  readonly engine: Engine
  readonly store: Store
  readonly board: Board
  readonly journal: Journal
  readonly graph: Graph
}

const mostAncestors = 100
const mostPast = 50

/** Null when there is no such node. */
export const nodeDetail = (path: string, { engine, store, board, journal, graph }: DetailSite): NodeDetail | null => {
  const node = engine.node(path)
  const drawn = board.member("nodes", path)
  if (node === undefined || drawn === undefined) return null
  const state = engine.state(path)
  const outputOf = (from: string, port: string) => engine.state(from).outputs?.[port]
  return {
    node: drawn,
    key: keyOf(state.outcome) ?? null,
    because: state.outcome !== undefined && "why" in state.outcome ? chainOf(path, state.outcome.why) : [],
    inputs: Object.entries(node.inputs).flatMap(([port, refs]) =>
      refs.map((ref) => {
        const output = outputOf(ref.node, ref.port)
        return { port, node: ref.node, output: ref.port, hash: output?.hash ?? null, bytes: output === undefined ? null : (output.stream?.size ?? output.bytes) }
      })),
    outputs: Object.keys(node.kind.outputs).map((port) => {
      const output = state.outputs?.[port]
      return { port, hash: output?.hash ?? null, bytes: output === undefined ? null : (output.stream?.size ?? output.bytes), elements: output?.stream?.elements ?? null }
    }),
    logs: journal.of(path),
    past: store.runLog.resultsOf(graph.name, path).slice(0, mostPast).map(({ run, at, state: how, ms, key, value, error }) => ({ run, at, state: how, ms, key, value: value ?? null, error: error ?? null })),
    lineage: lineageOf(node, engine, store),
  }
}

export const keyOf = (outcome: Outcome | undefined): string | undefined => (outcome !== undefined && "key" in outcome ? outcome.key : undefined)

/** From the node to the edit, a step for each input on the way. */
const chainOf = (path: string, why: Why): NodeDetail["because"] => {
  if (why._tag === "Resumed") return chainOf(path, why.of)
  if (why._tag !== "Input" || why.node === "") return [{ node: path, changes: [describeWhy(why)] }]
  const own = { node: path, changes: [`input ${why.port} from ${why.node} changed`] }
  return why.cause === undefined ? [own] : [own, ...chainOf(why.node, why.cause)]
}

/** The node and what it is made of, each once, the nearest first. */
const lineageOf = (start: Node, engine: Engine, store: Store): NodeDetail["lineage"] => {
  const queue = [start]
  const seen = new Set([start.path])
  for (const node of queue) {
    if (queue.length >= mostAncestors) break
    for (const path of sourcesOf(node)) {
      const source = engine.node(path)
      if (source === undefined || seen.has(path)) continue
      seen.add(path)
      queue.push(source)
    }
  }
  return queue.slice(0, mostAncestors).map((node) => {
    const key = keyOf(engine.state(node.path).outcome)
    const action = key === undefined ? undefined : store.actions.get(key as never)
    return { node: node.path, kind: node.kind.id, key: key ?? null, at: action?.at ?? null, ms: action?.ms ?? null, sources: [...new Set(sourcesOf(node))] }
  })
}
