/** From an edit to the abort signal at the node that runs for the old graph. */
import { defineKind, type Kind } from "../../../../src/engine/kind.ts"
import { integer } from "../../../../src/schema/param.ts"
import { tableOf } from "../../../../src/graph/node-table.ts"
import { edited, engineOn, inMs, quantile } from "../in-process.ts"
import type { Row } from "../row.ts"
import { meshOf, nodeOf, number } from "../small-kinds.ts"

const times = 500
const mostMs = 5
const size = 10_000

export const abortRow: Row = {
  name: "abort",
  measure: async () => {
    let began: () => void = () => undefined
    let stopped: (at: number) => void = () => undefined
    const endless = defineKind({
      id: "bench/endless",
      module: import.meta.url,
      title: "Endless",
      params: { add: integer({ min: 0, max: 1_000_000_000, default: 0, doc: "" }) },
      inputs: {},
      outputs: { out: number },
      cores: 1,
      run: (_, __, { signal }) =>
        new Promise<{ out: number }>((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            stopped(performance.now())
            reject(new Error("aborted"))
          })
          began()
        }),
    })
    const mesh = meshOf(size)
    let graph = { ...mesh, nodes: tableOf([...mesh.nodes.values(), nodeOf("endless", endless as unknown as Kind, 0, [])]) }
    const engine = engineOn()
    const took: number[] = []
    const start = async (): Promise<void> => {
      const running = new Promise<void>((resolve) => (began = resolve))
      engine.commit(graph)
      void engine.settle()
      await running
    }
    await start()
    for (let i = 1; i <= times; i++) {
      const aborted = new Promise<number>((resolve) => (stopped = resolve))
      const running = new Promise<void>((resolve) => (began = resolve))
      const from = performance.now()
      engine.commit((graph = edited(graph, { op: "set", path: "endless", params: { add: i } }) as typeof graph))
      took.push((await aborted) - from)
      await running
    }
    await engine.close()
    const [middle, late] = [quantile(took, 0.5), quantile(took, 0.99)]
    return [{ work: `edit to abort signal at the running node, in ${size} nodes, 99 % of ${times}`, here: `${inMs(late)} (half: ${inMs(middle)})`, bar: { text: `${mostMs} ms`, isMet: late <= mostMs } }]
  },
}
