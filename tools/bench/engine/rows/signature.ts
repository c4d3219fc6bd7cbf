/**
 * Finding out that nothing has to run in a chain, beside the way ComfyUI does it: the signature of a node is its class
 * and inputs, then those of all its ancestors, in the order in which a walk against the edges meets them; links count by
 * the place of their source in that order. One signature for each node, each from scratch (`get_node_signature` of its
 * comfy_execution/caching.py, 2024, written anew in this language: its own takes several times as long).
 */
import { systemClock } from "../../../../src/base/clock.ts"
import { canonical, type Json } from "../../../../src/base/json.ts"
import type { Graph } from "../../../../src/graph/graph.ts"
import { memoryStore } from "../../../../src/store/store.ts"
import { engineOn, inMs, quantile, timed } from "../in-process.ts"
import type { Row } from "../row.ts"
import { chainOf } from "../small-kinds.ts"

const length = 800
const times = 100

export const signatureRow: Row = {
  name: "signature",
  measure: async () => {
    const graph = chainOf(length)
    const store = memoryStore(systemClock)
    const first = engineOn(store)
    first.commit(graph)
    await first.settle()
    const ours: number[] = []
    for (let i = 0; i < 20; i++) {
      const engine = engineOn(store)
      ours.push(await timed(() => (engine.commit(graph), engine.settle())))
      if (engine.counters().execs > 0) throw new Error("something ran")
      await engine.close()
    }
    const theirs: number[] = []
    for (let i = 0; i < 3; i++) theirs.push(await timed(() => signatures(graph)))
    const [here, there] = [quantile(ours, 0.5), quantile(theirs, 0.5)]
    return [{
      work: `nothing to run in a chain of ${length} nodes: all keys, all found`,
      here: inMs(here),
      than: { peer: "ComfyUI's signatures, in this language", figure: inMs(there), times: there / here },
      bar: { text: `${times}x`, isMet: there / here >= times },
    }]
  },
}

const signatures = (graph: Graph): ReadonlyMap<string, string> => new Map([...graph.nodes.keys()].map((path) => [path, signatureOf(graph, path)]))

const signatureOf = (graph: Graph, path: string): string => {
  const places = ancestryOf(graph, path)
  const parts = [immediate(graph, path, places)]
  for (const ancestor of places.keys()) parts.push(immediate(graph, ancestor, places))
  return canonical(parts)
}

/** Ancestors of a node by the order in which they are met, each after its own. */
const ancestryOf = (graph: Graph, path: string): ReadonlyMap<string, number> => {
  const places = new Map<string, number>()
  const walk = (at: string): void => {
    const inputs = graph.nodes.get(at)?.inputs ?? {}
    for (const port of Object.keys(inputs).sort()) {
      for (const { node } of inputs[port] ?? []) {
        if (places.has(node)) continue
        walk(node)
        places.set(node, places.size)
      }
    }
  }
  walk(path)
  return places
}

const immediate = (graph: Graph, path: string, places: ReadonlyMap<string, number>): Json => {
  const node = graph.nodes.get(path)
  if (node === undefined) return null
  const links = Object.keys(node.inputs).sort().map((port): Json => [port, (node.inputs[port] ?? []).map((ref): Json => ["ANCESTOR", places.get(ref.node) ?? -1, ref.port])])
  return [node.kind.id, node.params, links]
}
