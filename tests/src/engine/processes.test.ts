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
  readonly key?: string
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

it.each([2, 4])("W7: of %i processes on one store each key is run by one, and all have every result", async (count) => {
  const names = ["a", "a/length", "b", "c", "b/length", "d", "e"]
  const all = (await Promise.all(Array.from({ length: count }, () => run(dir, ["10", "10", ...names])))).map(outcomes)
  const ran = all.flat().filter(({ state }) => state === "ran").map(({ key }) => key)
  // The lengths of two paths of ten steps are two keys: their contents differ.
  expect(ran.length).toBe(names.length)
  expect(new Set(ran).size).toBe(names.length)
  const hashes = (lines: readonly Line[]) => lines.map(({ node, outputs }) => `${node} ${JSON.stringify(outputs)}`).sort()
  for (const lines of all) {
    expect(lines.map(({ node }) => node).sort()).toEqual([...names].sort())
    expect(hashes(lines)).toEqual(hashes(all[0]!))
  }
})

it("W7: what a killed process was running is taken over by another, from its last checkpoint; nothing is lost", async () => {
  const names = ["a", "b", "a/length"]
  // Two jobs at a time: the first process holds both when it is killed; the second waits for its leases until then.
  const [killed, other] = await Promise.all([run(dir, ["40", "10", ...names], 22), run(dir, ["40", "10", ...names])])
  const done = outcomes(other)
  expect(done.map(({ node }) => node).sort()).toEqual([...names].sort())
  expect(done.every(({ state }) => state === "ran" || state === "reused")).toBe(true)
  const ran = [...outcomes(killed), ...done].filter(({ state }) => state === "ran").map(({ key }) => key)
  expect(new Set(ran).size).toBe(ran.length)
  // Of no node a step was taken twice that lay before the checkpoint the first process had passed.
  for (const node of ["a", "b"]) {
    const before = Math.max(0, ...killed.filter((line) => line.node === node).flatMap(({ done: step }) => step ?? []))
    const after = Math.min(41, ...other.filter((line) => line.node === node).flatMap(({ done: step }) => step ?? []))
    expect(after, node).toBeGreaterThan(before - 6)
  }
})
