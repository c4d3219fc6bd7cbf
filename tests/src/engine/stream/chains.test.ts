/**
 * Random networks of streams against the same networks computed from collected values: engine.md's properties P10 and
 * P16. A watchdog counts turns: a network that is stuck fails. SPEC S4-S10.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { memoryStore, systemClock, type Graph } from "#src"
import { testEngine, turn } from "../test-engine.ts"
import { engineOf, graphOfNetwork, network, settled } from "./networks.ts"

const hashesOf = (test: ReturnType<typeof testEngine>, graph: Graph) =>
  Object.fromEntries([...graph.nodes.keys()].map((path) => [path, (test.engine.outcome(path) as { readonly outputs?: { readonly [port: string]: { readonly hash: string } } }).outputs?.["out"]?.hash]))

it("P10, P16, P21, S4-S6, S10: any network, credit and number of cores gives what collected values give, is never stuck and never holds more than its credit", { timeout: 120_000 }, async () => {
  let spills = 0
  let ahead = 0
  await fc.assert(
    fc.asyncProperty(network, async (net) => {
      const graph = graphOfNetwork(net)
      const test = engineOf(net)
      test.engine.commit(graph)
      expect(await settled(test)).toMatchObject({ ran: expect.any(Number) as number, failed: 0, blocked: 0, cancelled: 0 })
      // One core and much credit: every node of one core after the other.
      const plainly = engineOf({ credit: { items: 1e6, bytes: 1e9 }, capacity: 1, patienceMs: 1_000 })
      plainly.engine.commit(graph)
      await settled(plainly)
      const hashes = hashesOf(test, graph)
      expect(hashes).toEqual(hashesOf(plainly, graph))
      for (const path of graph.nodes.keys()) if (path.startsWith("sink")) expect(hashes[path], path).toBe(hashes[path.replace("sink", "whole")])
      for (const event of test.events) {
        if (event.type !== "streamed") continue
        expect(event.peak.items).toBeLessThanOrEqual(net.credit.items)
        if (event.spilled) spills++
        ahead++
      }
      const { execs } = test.engine.counters()
      await settled(test)
      expect(test.engine.counters().execs).toBe(execs)
    }),
    { numRuns: 60 },
  )
  expect(ahead).toBeGreaterThan(60)
  expect(spills).toBeGreaterThan(0)
})

it("P10, S7: a source that fails at any element, or an edit at any moment, leaves nothing that is taken for a result", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(network, fc.nat(24), fc.nat(60), async (net, fail, moment) => {
      const store = memoryStore(systemClock)
      const broken = engineOf(net, store)
      broken.engine.commit(graphOfNetwork(net, fail))
      const settling = broken.engine.settle()
      for (let i = 0; i < moment; i++) await turn()
      await broken.engine.cancel()
      await settling
      await settled(broken)
      expect(broken.engine.outcome("source0")?.state === "failed").toBe(fail < net.sources[0]!.count)
      // The same store, the whole network: what it took from the store is right.
      const graph = graphOfNetwork(net)
      const test = engineOf(net, store)
      test.engine.commit(graph)
      expect(await settled(test)).toMatchObject({ failed: 0, blocked: 0 })
      const fresh = engineOf(net)
      fresh.engine.commit(graph)
      await settled(fresh)
      expect(hashesOf(test, graph)).toEqual(hashesOf(fresh, graph))
    }),
    { numRuns: 60 },
  )
})
