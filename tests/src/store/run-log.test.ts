/** The log of runs: bounded, and sorted whoever writes. SPEC W11. */
import { expect, it } from "vitest"
import { hashJson, memoryStore, systemClock } from "#src"

const about = (at: number) => ({ name: "run", graph: "g", args: [], at, seed: "0", device: "none", jobs: 1, pid: 1, host: "here" })

it("W11: keeps the newest 500 runs or a few more, with the graphs that they are of", () => {
  const { runLog } = memoryStore(systemClock)
  for (let at = 0; at < 700; at++) {
    const record = runLog.begin(about(at))
    const digest = hashJson(at)
    runLog.putGraph("g", digest, { at })
    runLog.update({ ...record, state: "done", digest })
  }
  const runs = runLog.runs()
  expect([runs[0]?.at, runs.at(-1)?.at]).toEqual([699, 700 - runs.length])
  expect(runs.length).toBeGreaterThanOrEqual(500)
  expect(runs.length).toBeLessThanOrEqual(551)
  expect([runLog.graphOf(hashJson(699)), runLog.graphOf(hashJson(0))]).toEqual([{ at: 699 }, undefined])
  expect(runLog.latestGraph("g")).toBe(hashJson(699))
})

it("W11: keeps the newest 50 results of a node, the newest first, apart from those of nodes below it", () => {
  const { runLog } = memoryStore(systemClock)
  const result = (at: number) => ({ key: hashJson(at), run: String(at).padStart(4, "0"), at, state: "ran" as const, ms: 1, outputs: {} })
  for (let at = 0; at < 80; at++) runLog.addResult("g", "expert", result(at))
  runLog.addResult("g", "expert/ru", result(100))
  const results = runLog.resultsOf("g", "expert")
  expect([results.length, results[0]?.at, results.at(-1)?.at]).toEqual([50, 79, 30])
  expect(runLog.newestKey("g", "expert")).toBe(hashJson(79))
  expect(runLog.resultsOf("g", "expert/ru").map(({ at }) => at)).toEqual([100])
})

it("W11: of runs that are forgotten the results go too, but for the newest of each node", () => {
  const { runLog } = memoryStore(systemClock)
  for (let at = 0; at < 600; at++) {
    const { id: run } = runLog.begin(about(at))
    const result = { key: hashJson(at), run, at, state: "ran" as const, ms: 1, outputs: {} }
    if (at % 20 === 0) runLog.addResult("g", "often", result)
    if (at < 3) runLog.addResult("g", "once", result)
  }
  const oldest = runLog.runs().at(-1)?.at ?? 0
  expect(oldest).toBeGreaterThan(0)
  expect(runLog.resultsOf("g", "often").map(({ at }) => at)).toEqual(Array.from({ length: 30 }, (_, i) => 580 - 20 * i).filter((at) => at >= oldest))
  expect(runLog.resultsOf("g", "once").map(({ at }) => at)).toEqual([2])
})
