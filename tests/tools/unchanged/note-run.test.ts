/** What a run leaves for the next one rests on its own lines only. SPEC O2. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { systemClock } from "../../../src/base/clock.ts"
import { memoryStore } from "../../../src/store/store.ts"
import { recallRun } from "../../../tools/unchanged/finished-run.ts"
import { noteRun } from "../../../tools/unchanged/note-run.ts"
import { makeReadWatch } from "../../../tools/unchanged/read-watch.ts"

const folder = mkdtempSync(join(tmpdir(), "cambium-note-"))
afterAll(() => rmSync(folder, { recursive: true }))
const [file, path, page] = ["graph.ts", "results.jsonl", "report.html"].map((name) => join(folder, name)) as [string, string, string]

it("O2: of two runs that end at once, the one whose lines were written over leaves no note", async () => {
  const store = memoryStore(systemClock)
  const own = '{"state":"reused"}\n'
  const note = () =>
    noteRun({
      store,
      engine: { nodes: () => [], outcome: () => undefined },
      graph: { name: "empty", params: {}, nodes: new Map() },
      file,
      args: [],
      tool: "1",
      watch: makeReadWatch(),
      removals: "",
      record: { id: "1", graph: "empty", device: null } as never,
      device: undefined,
      isWanted: () => false,
      written: { lines: { path, text: own }, page },
      summary: { ran: 0, reused: 1, failed: 0, blocked: 0, held: 0, expanded: 0, gated: 0, off: 0, cancelled: 0, ms: 1 },
      tables: ["", ""],
      page: "report.html",
    })
  writeFileSync(path, '{"state":"ran"}\n')
  expect(await note()).toContain("another run has written its lines")
  expect(recallRun(store, file)).toBeUndefined()
  writeFileSync(path, own)
  expect(await note()).toBeUndefined()
  expect(recallRun(store, file)?.written.isSettled).toBe(true)
})
