/** Chains of stream kinds, run by an engine in this thread. */
import type { Graph, Node } from "../../../src/graph/graph.ts"
import type { Kind } from "../../../src/engine/kind.ts"
import type { EngineEvent } from "../../../src/engine/event.ts"
import { tableOf } from "../../../src/graph/node-table.ts"
import { engineOn } from "./in-process.ts"
import { tensorSource, tensorStage, tensorSum } from "./stream-kinds.ts"

const node = (path: string, kind: Kind, params: Node["params"], from?: string): Node => ({
  path,
  kind,
  params,
  inputs: from === undefined ? {} : { from: [{ node: from, port: "out" }] },
  knobs: {},
  salt: "",
})

const chain = (source: Node, stages: number, pause: number): Graph => {
  const nodes = [source]
  for (let i = 0; i < stages; i++) nodes.push(node(`stage${i}`, tensorStage, {}, nodes[i]?.path))
  nodes.push(node("sum", tensorSum, { pause }, nodes[nodes.length - 1]?.path))
  return { name: "streams", params: {}, nodes: tableOf(nodes) }
}

/** Runs a graph; gives the ends of its live edges. Throws when a node fails. */
const settled = async (graph: Graph): Promise<readonly Extract<EngineEvent, { readonly type: "streamed" }>[]> => {
  const engine = engineOn()
  const edges: Extract<EngineEvent, { readonly type: "streamed" }>[] = []
  engine.events$.subscribe((event) => {
    if (event.type === "streamed") edges.push(event)
  })
  engine.commit(graph)
  const { failed, blocked } = await engine.settle()
  await engine.close()
  if (failed + blocked > 0) throw new Error("a node of the bench failed")
  return edges
}

/** Tensors of 16 numbers through so many stages. */
export const smallTensors = (count: number, stages: number) => settled(chain(node("source", tensorSource(false), { count, width: 16 }), stages, 0))

/** Tensors of 4 MiB, so many MiB in all, to a consumer that takes a millisecond for each. */
export const streamThrough = (mib: number) => settled(chain(node("source", tensorSource(false), { count: mib / 4, width: 2 ** 20 }), 0, 1))
