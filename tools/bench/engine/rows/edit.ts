/** An edit that changes nothing, and one of a leaf, in graphs of three sizes: edit, commit and settle together. */
import { edited, engineOn, inMs, quantile, timed } from "../in-process.ts"
import type { Finding, Row } from "../row.ts"
import { meshOf } from "../small-kinds.ts"

const sizes = [1_000, 10_000, 100_000]
const times = 200
/** The most a no-op edit may take in the largest graph, in times of the smallest. */
const flat = 2

export const editRow: Row = {
  name: "edit",
  measure: async () => {
    const findings: Finding[] = []
    let smallest = Infinity
    for (const size of sizes) {
      const engine = engineOn()
      const start = meshOf(size)
      engine.commit(start)
      await engine.settle()
      const before = engine.counters()
      const nothing: number[] = []
      for (let i = 0; i < times; i++) nothing.push(await timed(() => (engine.commit(edited(start, { op: "set", path: `n${i}`, params: { add: i } })), engine.settle())))
      const after = engine.counters()
      const visited = after.visited - before.visited + after.keysHashed - before.keysHashed
      const ms = quantile(nothing, 0.5)
      smallest = Math.min(smallest, ms)
      findings.push({ work: `no-op edit in ${size} nodes (${visited} nodes visited or hashed)`, here: inMs(ms), bar: { text: `nothing visited, flat (within ${flat}x)`, isMet: visited === 0 && ms <= flat * smallest } })
      let graph = start
      const leaf: number[] = []
      for (let i = 0; i < times; i++) leaf.push(await timed(() => (engine.commit((graph = edited(graph, { op: "set", path: `n${size - 1}`, params: { add: 1_000_000 + i } }))), engine.settle())))
      const last = engine.counters()
      const perEdit = (last.visited - after.visited + last.keysHashed - after.keysHashed) / times
      findings.push({ work: `edit of a leaf in ${size} nodes (${perEdit / 2} nodes visited, ${perEdit / 2} keys hashed)`, here: inMs(quantile(leaf, 0.5)), bar: { text: "the changed path only", isMet: perEdit === 2 } })
      await engine.close()
    }
    return findings
  },
}
