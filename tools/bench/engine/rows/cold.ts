/** A first run of very many trivial nodes in process: everything hashed, run and stored in memory. */
import { engineOn, timed } from "../in-process.ts"
import type { Row } from "../row.ts"
import { meshOf } from "../small-kinds.ts"

const size = 100_000
const mostUs = 15

export const coldRow: Row = {
  name: "cold",
  measure: async () => {
    const graph = meshOf(size)
    let best = Infinity
    for (let round = 0; round < 3; round++) {
      const engine = engineOn()
      best = Math.min(best, await timed(() => (engine.commit(graph), engine.settle())))
      await engine.close()
    }
    const us = (best * 1000) / size
    return [{ work: `cold run of ${size} trivial nodes, best of 3`, here: `${us.toFixed(1)} µs a node`, bar: { text: `${mostUs} µs`, isMet: us <= mostUs } }]
  },
}
