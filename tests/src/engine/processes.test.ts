/** Real processes on one store: killed at some moments, and two at once. SPEC W3, W4, W7. */
import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, it } from "vitest"
import type { Kind } from "#src"
import { slowly } from "../../support/kinds/stepping.ts"
import { graphOf } from "./small-graph.ts"
import { testEngine } from "./test-engine.ts"

const script = fileURLToPath(new URL("../../support/shared-store-run.ts", import.meta.url))

interface Line {
  readonly node: string
  readonly state: string
  readonly done?: number
  readonly why?: { readonly _tag: string; readonly step?: number }
  readonly outputs?: { readonly [port: string]: { readonly hash: string } }
}

/** Runs the script; killed when it reports step `killAt` or a later one, if a number is given. */
const run = (dir: string, args: readonly string[], killAt = Infinity): Promise<readonly Line[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", script, dir, ...args], { stdio: ["ignore", "pipe", "inherit"] })
    const lines: Line[] = []
    createInterface(child.stdout).on("line", (text) => {
      const line = JSON.parse(text) as Line
      lines.push(line)
      if (line.done !== undefined && line.done >= killAt) child.kill("SIGKILL")
    })
    child.on("error", reject)
    child.on("close", () => resolve(lines))
  })

const outcomes = (lines: readonly Line[]): readonly Line[] => lines.filter(({ state }) => state !== "progress")
const steps = (lines: readonly Line[]): readonly number[] => lines.flatMap(({ done }) => (done === undefined ? [] : [done]))

let dir = ""
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cambium-processes-"))
})
afterEach(() => rm(dir, { recursive: true }))

it("W3, W4: killed again and again, the run goes on from its checkpoint and ends with the bytes of an uninterrupted one", async () => {
  const args = ["60", "5", "a"]
  const whole = testEngine()
  whole.engine.commit(graphOf({ a: { kind: slowly as unknown as Kind, params: { steps: 60, pause: 0 }, salt: "a" } }))
  await whole.engine.settle()
  const first = await run(dir, args, 12)
  const second = await run(dir, args, 32)
  const third = outcomes(await run(dir, args))
  for (const lines of [first, second]) expect(outcomes(lines)).toEqual([])
  expect(steps(first)[0]).toBe(1)
  // A checkpoint every fifth step: no later run begins again before the last that the one before had passed.
  expect(steps(second)[0]).toBeGreaterThan(Math.max(...steps(first)) - 6)
  expect(third).toMatchObject([{ state: "ran", why: { _tag: "Resumed" } }])
  expect(third[0]!.why!.step).toBeGreaterThan(Math.max(...steps(second)) - 6)
  expect(third[0]!.outputs!["path"]!.hash).toBe((whole.engine.outcome("a") as unknown as Line).outputs!["path"]!.hash)
})

it("W7: of two processes on one store each key is run by one, and both have every result", async () => {
  const names = ["a", "b", "c", "d"]
  const both = (await Promise.all([run(dir, ["10", "10", ...names]), run(dir, ["10", "10", ...names])])).map(outcomes)
  const ran = both.flat().filter(({ state }) => state === "ran").map(({ node }) => node)
  expect(ran.sort()).toEqual(names)
  for (const lines of both) expect(lines.map(({ node }) => node).sort()).toEqual(names)
  const hashes = (lines: readonly Line[] | undefined) => lines?.map(({ node, outputs }) => `${node} ${outputs!["path"]!.hash}`).sort()
  expect(hashes(both[0])).toEqual(hashes(both[1]))
})
