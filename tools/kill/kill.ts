/**
 * Kills a real run at random moments, starts it again on what it left, and so on until it ends; then the next run. Tells
 * whether each ended with the contents of a run that nobody killed, and how much work was done twice.
 */
import { spawn } from "node:child_process"
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Hash } from "../../src/base/hash.ts"
import { systemClock } from "../../src/base/clock.ts"
import { random } from "../../src/base/random.ts"
import { openStore } from "../../src/store/open-store.ts"
import { verifyStore } from "../../src/store/verify.ts"
import type { ChildLine } from "./child-line.ts"

export interface KillOptions {
  /** Of the graph file, with its tiny size and these params on top. */
  readonly file: string
  readonly sets: readonly string[]
  readonly kills: number
  readonly seed: number
  /** A scratch folder. */
  readonly dir: string
  readonly onKill?: (kill: Kill) => void
  /** A run that was killed came to its end. */
  readonly onRun?: (isEqual: boolean) => void
}

/** One kill and what came of it. */
export interface Kill {
  /** Milliseconds after the process had loaded the graph. */
  readonly at: number
  /** Results that were in the store, all of them those of the whole run, and blobs, all of them whole. */
  readonly results: number
  readonly wrong: number
  readonly damaged: number
  /** Nodes that were running. */
  readonly running: number
  /** Nodes done before that a later process ran again: must be none. */
  readonly repeatedNodes: number
  /** Steps that the next process did once more, and how many had been done since the last checkpoint. */
  readonly repeatedSteps: number
  readonly allowedSteps: number
}

export interface KillReport {
  readonly kills: readonly Kill[]
  /** Runs that were killed at least once and then came to their end, and those of them with the contents of the whole run. */
  readonly runs: number
  readonly equal: number
  readonly nodes: number
  readonly wholeMs: number
}

const child = fileURLToPath(new URL("child.ts", import.meta.url))

interface Life {
  readonly lines: readonly ChildLine[]
  readonly ended: boolean
  readonly ms: number
}

/** One process; killed `at` milliseconds after it was ready, unless it ends before. */
const live = (store: string, { file, sets }: KillOptions, at = Infinity): Promise<Life> =>
  new Promise((resolve, reject) => {
    const made = spawn(process.execPath, ["--import", "tsx", child, store, file, JSON.stringify(sets)], { stdio: ["ignore", "pipe", "pipe"] })
    const lines: ChildLine[] = []
    let from = 0
    let timer: NodeJS.Timeout | undefined
    let errors = ""
    made.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
    createInterface(made.stdout).on("line", (text) => {
      // The last line may be cut by the kill.
      const line = E.tryCatch(() => JSON.parse(text) as ChildLine, String)
      if (E.isLeft(line)) return
      lines.push(line.right)
      if (line.right.type !== "ready") return
      from = performance.now()
      if (at < Infinity) timer = setTimeout(() => made.kill("SIGKILL"), at)
    })
    made.on("error", reject)
    made.on("close", (code, signal) => {
      clearTimeout(timer)
      if (code === 0 || signal === "SIGKILL") resolve({ lines, ended: code === 0, ms: performance.now() - from })
      else reject(new Error(`the run failed by itself (${code ?? signal}):\n${errors}`))
    })
  })

type Outcomes = ReadonlyMap<Hash, string>

/** Contents by key. */
const outcomesOf = (lines: readonly ChildLine[]): Outcomes =>
  new Map(lines.flatMap((line) => (line.type === "outcome" ? [[line.key, JSON.stringify(Object.entries(line.outputs).sort())] as const] : [])))

const isEqual = (a: Outcomes, b: Outcomes): boolean => a.size === b.size && [...a].every(([key, outputs]) => b.get(key) === outputs)

/** What the store holds after a kill, beside the contents of the whole run. */
const inspect = async (dir: string, whole: Outcomes): Promise<Pick<Kill, "results" | "wrong" | "damaged">> => {
  // Killed before there was one.
  if (!existsSync(join(dir, "index.mdb"))) return { results: 0, wrong: 0, damaged: 0 }
  const store = await openStore(dir, { clock: systemClock })
  if (E.isLeft(store)) throw new Error(`the store cannot be opened after a kill: ${store.left.reason}`)
  const actions = [...store.right.actions.all()]
  const contents = new Set(whole.values())
  const wrong = actions.filter(([key, { outputs }]) => {
    const text = JSON.stringify(Object.entries(outputs).map(([port, { hash }]) => [port, hash]).sort())
    // Work begun before its producer ended has a provisional key, which is not told; its contents are those of the final one.
    return whole.has(key) ? whole.get(key) !== text : !contents.has(text)
  })
  const { damaged, absent } = await verifyStore(store.right)
  await store.right.close()
  return { results: actions.length, wrong: wrong.length + absent, damaged: damaged.length }
}

/** The furthest step of each key, its last checkpoint, and who was running at the end. */
const progressOf = (lines: readonly ChildLine[]) => {
  const steps = new Map<Hash, number>()
  const saved = new Map<Hash, number>()
  const running = new Set<Hash>()
  for (const line of lines) {
    if (line.type === "step") steps.set(line.key, line.step)
    if (line.type === "checkpoint") saved.set(line.key, line.step)
    if (line.type === "started") running.add(line.key)
    if (line.type === "outcome") running.delete(line.key)
  }
  return { steps, saved, running }
}

export const killAgainAndAgain = async (options: KillOptions): Promise<KillReport> => {
  const whole = await live(join(options.dir, "whole"), options)
  const outcomes = outcomesOf(whole.lines)
  const draw = random(`kills ${options.seed}`)
  const kills: Kill[] = []
  let runs = 0
  let equal = 0
  for (let run = 0, drawn = 0; kills.length < options.kills; run++) {
    const store = join(options.dir, `run-${run}`)
    const done = new Set<Hash>()
    // Over all processes of this run: how far a key had come when its last process was killed.
    const reached = new Map<Hash, number>()
    const saved = new Map<Hash, number>()
    let pending: (Omit<Kill, "repeatedNodes" | "repeatedSteps" | "allowedSteps"> & { readonly keys: ReadonlySet<Hash> }) | undefined
    let wasKilled = false
    for (let ended = false; !ended; ) {
      // The last kills are done: the run may come to its end.
      const at = kills.length + (pending === undefined ? 0 : 1) < options.kills ? Math.round(draw.uniform(drawn++) * whole.ms) : Infinity
      const life = await live(store, options, at)
      ended = life.ended
      if (pending !== undefined) {
        const { keys, ...about } = pending
        const repeated = life.lines.filter((line) => line.type === "step" && keys.has(line.key) && line.step <= (reached.get(line.key) ?? 0)).length
        // The step that was under way is not among those that were told.
        const allowed = [...keys].reduce((sum, key) => sum + (reached.get(key) ?? 0) - (saved.get(key) ?? 0), 0)
        const again = life.lines.filter((line) => line.type === "started" && done.has(line.key)).length
        const kill: Kill = { ...about, repeatedNodes: again, repeatedSteps: repeated, allowedSteps: allowed }
        kills.push(kill)
        options.onKill?.(kill)
        pending = undefined
      }
      for (const line of life.lines) if (line.type === "outcome") done.add(line.key)
      const { steps, saved: checkpoints, running } = progressOf(life.lines)
      for (const [key, step] of steps) reached.set(key, step)
      for (const [key, step] of checkpoints) saved.set(key, step)
      if (life.ended) {
        if (!wasKilled) break
        runs++
        const same = isEqual(outcomesOf(life.lines), outcomes)
        if (same) equal++
        options.onRun?.(same)
      } else {
        wasKilled = true
        pending = { at, ...(await inspect(store, outcomes)), running: running.size, keys: running }
      }
    }
  }
  return { kills, runs, equal, nodes: outcomes.size, wholeMs: whole.ms }
}
