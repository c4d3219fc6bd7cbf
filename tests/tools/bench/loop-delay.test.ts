/** The probe of the event loop notices a thread that is held, and that the run is not measured before its workers start. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "cambium-loop-test-"))
afterAll(() => rmSync(folder, { recursive: true }))
const probe = fileURLToPath(new URL("../../../tools/bench/engine/loop-delay-probe.mjs", import.meta.url))

const measured = (script: string): { readonly max: number; readonly samples: number } => {
  const figures = join(folder, "figures.json")
  const { status, stderr } = spawnSync(process.execPath, ["--import", probe, "--input-type=module", "--eval", script], { env: { ...process.env, CAMBIUM_LOOP_DELAY: figures }, encoding: "utf8" })
  expect([status, stderr]).toEqual([0, ""])
  return JSON.parse(readFileSync(figures, "utf8")) as ReturnType<typeof measured>
}
const hold = "const hold = (ms) => { const until = performance.now() + ms; while (performance.now() < until) continue };"
const worker = `import { Worker } from "node:worker_threads"; await new Promise((done) => new Worker("setTimeout(() => {}, 100)", { eval: true }).on("exit", done));`

it("what holds the thread once a worker has started is found, what did so before is not", () => {
  expect(measured(`${worker} ${hold} setTimeout(() => { hold(400); setTimeout(() => {}, 50) }, 50)`).max).toBeGreaterThan(300)
  expect(measured(`${hold} hold(400); setTimeout(() => {}, 20)`).samples).toBe(0)
})
