/** Crashes at every moment, and disks that fail: nothing is lost, nothing is wrong. SPEC W1-W4, W6. */
import fc from "fast-check"
import * as t from "io-ts"
import { describe, expect, it } from "vitest"
import { defineKind, integer, jsonPort, ndarray, type Clock, type Kind } from "#src"
import { makeStore } from "../../../src/store/store.ts"
import { verifyStore } from "../../../src/store/verify.ts"
import { emptyDisk, faultyDisk, type Disk, type Fault } from "../../support/faulty-disk.ts"
import { testEngine } from "./test-engine.ts"
import { graphOf, sum, third } from "./small-graph.ts"

const path = jsonPort("path", t.readonlyArray(t.number))

/** Trains something wide enough that its checkpoints and its result are files, not entries of the index. */
const wide = defineKind({
  id: "test/wide",
  module: import.meta.url,
  title: "wide@1",
  params: { steps: integer({ min: 0, max: 100, default: 7, doc: "Steps" }) },
  inputs: {},
  outputs: { path, out: jsonPort("number", t.number) },
  seeded: true,
  extends: ["steps"],
  run: async (_, { steps }, context) => {
    const saved = await context.checkpoints.last(steps)
    const state = saved === undefined ? new Float32Array(1500) : Float32Array.from(saved.tensors["state"]!.data)
    for (let step = (saved?.step ?? 0) + 1; step <= steps; step++) {
      context.signal.throwIfAborted()
      for (let i = 0; i < state.length; i++) state[i] = (state[i] ?? 0) * 0.5 + context.random.uniform(step * state.length + i)
      context.progress({ done: step, total: steps, unit: "steps" })
      if (step % every === 0 || step === steps) await context.checkpoints.save({ step, tensors: { state: ndarray("f32", [state.length], state.slice()) }, meta: null })
    }
    return { path: [...state], out: Math.round((state[0] ?? 0) * 100) }
  },
})
const every = 3
const steps = 7

const graph = graphOf({
  a: { kind: sum, add: 4 },
  wide: { kind: wide as unknown as Kind, params: { steps }, salt: "w" },
  b: { kind: third, add: 1, from: ["a", "wide"] },
  c: { kind: sum, add: 2, from: ["b", "a"] },
})

interface Process {
  readonly end: unknown
  readonly outputs: { readonly [node: string]: unknown }
  readonly started: readonly string[]
  readonly finished: readonly string[]
  readonly steps: number
  readonly changes: readonly string[]
  readonly messages: readonly string[]
}

/** A process on the disk, some minutes after the one before, whose leases have run out. */
const run = async (disk: Disk, nth: number, fault?: Fault): Promise<Process> => {
  let now = 0
  const clock: Clock = { now: () => (now += 1000), wall: () => 1e12 + nth * 60_000 }
  const faulty = faultyDisk(disk, fault)
  const store = makeStore({ dir: "memory:", ...faulty, clock, fsync: true })
  const { engine, events } = testEngine({ store, clock, retry: { tries: 1, pauseMs: 0 } })
  engine.commit(graph)
  const end = await Promise.race([engine.settle(), faulty.killed])
  const outcomes = [...graph.nodes.keys()].map((node) => [node, engine.outcome(node)] as const)
  if (end !== "killed") await engine.close()
  store.leases.close()
  return {
    end,
    outputs: Object.fromEntries(outcomes.map(([node, outcome]) => [node, outcome?.state === "ran" || outcome?.state === "reused" ? outcome.outputs : undefined])),
    started: events.flatMap((event) => (event.type === "started" ? [event.node] : [])),
    finished: events.flatMap((event) => (event.type === "outcome" && (event.outcome.state === "ran" || event.outcome.state === "reused") ? [event.node] : [])),
    steps: events.filter((event) => event.type === "progress").length,
    changes: [...faulty.changes],
    messages: outcomes.flatMap(([, outcome]) => (outcome?.state === "failed" ? [outcome.message] : [])),
  }
}

const intact = async (disk: Disk): Promise<void> => {
  const store = makeStore({ dir: "memory:", ...disk, clock: { now: () => 0, wall: () => 1e12 } })
  expect((await verifyStore(store)).damaged).toEqual([])
}

describe("a process killed at any change of the disk", () => {
  it("W3, W4: whichever it is, torn or not: the next ends with the same contents and repeats at most what was running, from its last checkpoint", { timeout: 120_000 }, async () => {
    const whole = await run(emptyDisk(), 0)
    expect(whole.end).toMatchObject({ ran: 4 })
    expect(whole.steps).toBe(steps)
    // Every way in which the store changes is among the moments.
    for (const change of ["open", "write", "fsync", "rename", "put bytes", "add actions", "update leases", "update checkpoints", "remove checkpoints", "remove", "put notes"]) {
      expect(whole.changes).toContain(change)
    }
    for (const torn of [false, true]) {
      for (let at = 1; at <= whole.changes.length; at++) {
        const moment = `${torn ? "torn at" : "killed before"} change ${at}, ${whole.changes[at - 1]}`
        const disk = emptyDisk()
        const first = await run(disk, 0, { type: "kill", at, torn })
        await intact(disk)
        const second = await run(disk, 1)
        expect(second.end, moment).toMatchObject({ failed: 0, blocked: 0 })
        expect(second.outputs, moment).toEqual(whole.outputs)
        expect(first.finished.filter((node) => second.started.includes(node)), moment).toEqual([])
        expect(first.steps + second.steps, moment).toBeLessThanOrEqual(steps + every)
        await intact(disk)
      }
    }
  })

  it("W3, W4: killed several times, at random moments of what is left", { timeout: 120_000 }, async () => {
    const whole = await run(emptyDisk(), 0)
    const kills = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), { minLength: 2, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(kills, async (moments) => {
        const disk = emptyDisk()
        const finished = new Set<string>()
        let taken = 0
        for (const [nth, [at, torn]] of moments.entries()) {
          const process = await run(disk, nth, { type: "kill", at, torn })
          expect(process.started.filter((node) => finished.has(node))).toEqual([])
          for (const node of process.finished) finished.add(node)
          taken += process.steps
        }
        const last = await run(disk, moments.length)
        expect(last.outputs).toEqual(whole.outputs)
        expect(taken + last.steps).toBeLessThanOrEqual(steps + every * moments.length)
        await intact(disk)
      }),
      { numRuns: 100 },
    )
  })
})

describe("a disk that fails", () => {
  it.each(["ENOSPC", "EROFS", "EIO"] as const)("W6: %s at any change, once or from then on: what is said to be done is, and the next run completes the rest", { timeout: 120_000 }, async (code) => {
    const whole = await run(emptyDisk(), 0)
    let told = 0
    for (const lasting of [false, true]) {
      for (let at = 1; at <= whole.changes.length; at++) {
        const moment = `${code} at change ${at}, ${whole.changes[at - 1]}${lasting ? ", and later" : ""}`
        const disk = emptyDisk()
        const first = await run(disk, 0, { type: "error", at, code, lasting })
        // It ends, and what it says is right.
        expect(first.end, moment).toHaveProperty("failed")
        for (const node of first.finished) expect(first.outputs[node], moment).toEqual(whole.outputs[node])
        for (const message of first.messages) {
          expect(message, moment).toMatch(/the store memory: (is on a full disk|is read-only|cannot be used): E\w+: it happened/)
          told++
        }
        await intact(disk)
        const second = await run(disk, 1)
        expect(second.end, moment).toMatchObject({ failed: 0, blocked: 0 })
        expect(second.outputs, moment).toEqual(whole.outputs)
      }
    }
    expect(told).toBeGreaterThan(20)
  })
})
