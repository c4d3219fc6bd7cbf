/**
 * Kills real runs at random moments, starts them again on what they left, and so on until they end; then the next store.
 * Tells whether each ended with the contents of a run that nobody killed, and whether work was done twice without need.
 * Several processes may run on the store at once, of which one is killed at a time.
 */
import { join } from "node:path"
import type { Hash } from "../../src/base/hash.ts"
import { random } from "../../src/base/random.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { inspect, readWhole, savedIn, type Inspection, type Whole } from "./inspect.ts"
import { startLife, type Life } from "./life.ts"

export interface KillOptions {
  /** What is run, and the arguments of `cambium run` that say so. */
  readonly graph: Graph
  readonly args: readonly string[]
  readonly kills: number
  /** On one store. */
  readonly processes: number
  readonly seed: number
  /** A scratch folder. */
  readonly dir: string
  readonly onKill?: (kill: Kill) => void
  /** A process on a store with kills came to its end. */
  readonly onEnd?: (isEqual: boolean) => void
}

/** One kill, and what was found in the store. */
export interface Kill {
  /** Milliseconds that the process had run. */
  readonly at: number
  /** Results in the store. */
  readonly results: number
  /** Of them: unlike the whole run's, damaged or gone. Must be none. */
  readonly wrong: number
  /** Nodes with a checkpoint and no result yet. */
  readonly underWay: number
  /** Nodes that went on from a checkpoint since the kill before. */
  readonly wentOn: number
}

export interface KillReport {
  readonly kills: readonly Kill[]
  /** Processes that came to their end on stores with kills, and those of them with the contents of the whole run. */
  readonly ends: number
  readonly equal: number
  /** Nodes that ran although their result was in the store when their process began, or that ran to their end twice. Must be none. */
  readonly repeated: readonly string[]
  /** Times that a node went on from a checkpoint, and from less than the furthest there was. Must be none of the latter. */
  readonly resumed: number
  readonly setBack: number
  readonly nodes: number
  readonly wholeMs: number
}

/** The latest kill after the first node with checkpoints has begun, as a share of the time that these nodes take: each run goes on from what the one before left, so all of the graph is reached. */
const longest = 0.6
/** The shares of kills that come before that, and that come after a checkpoint that the process has saved. */
const early = 0.2
const saved = 0.6
/** Milliseconds between looks for a checkpoint. */
const lookEveryMs = 100

/** One of the processes on a store, and what was there when it began. */
interface Seat {
  readonly life: Life
  readonly before: Inspection
}

export const killAgainAndAgain = async (options: KillOptions): Promise<KillReport> => {
  const { graph, args, processes, dir } = options
  const lives: Life[] = []
  const start = (store: string): Life => {
    const life = startLife([...args, "--store", store], dir)
    lives.push(life)
    return life
  }
  const long = [...graph.nodes.values()].filter(({ kind }) => kind.extends !== undefined)
  /** A node that keeps checkpoints has all it needs, or there is none left. */
  const isLong = (ended: ReadonlySet<string>): boolean => {
    const open = long.filter(({ path }) => !ended.has(path))
    return open.length === 0 || open.some(({ inputs }) => Object.values(inputs).flat().every(({ node }) => ended.has(node)))
  }
  const first = start(join(dir, "whole"))
  await Promise.race([first.when(isLong), first.ended])
  const startMs = first.ms()
  await Promise.race([first.when((ended) => long.every(({ path }) => ended.has(path))), first.ended])
  const longMs = first.ms() - startMs
  await first.ended
  const wholeMs = first.ms()
  const whole = await readWhole(join(dir, "whole"), graph, first.finished)
  const draw = random(`kills ${options.seed}`)
  let drawn = 0
  const kills: Kill[] = []
  /** The moment of the next kill, if it is to be of this process. */
  const momentIn = ({ life, before }: Seat, store: string): Pause => {
    const [share, sort] = [draw.uniform(drawn++), draw.uniform(drawn++)]
    if (sort < early) return pause(share * startMs)
    if (sort >= early + saved) return pause(share * longest * longMs, life.when(isLong))
    const hasSaved = async (): Promise<boolean> => [...(await savedIn(store))].some(([lineage, { step }]) => before.saved.get(lineage)?.step !== step)
    return pause((share * longest * longMs) / 2, life.when(isLong), hasSaved)
  }
  const report = { ends: 0, equal: 0, setBack: 0 }
  /** Store, lineage and step. */
  const resumed = new Set<string>()
  const repeated: string[] = []

  const onStore = async (store: string): Promise<void> => {
    let found = await inspect(store, whole)
    const begin = (): Seat => ({ life: start(store), before: found })
    const ranIn = new Map<Hash, number>()
    const close = ({ life, before }: Seat): void => {
      for (const { node, key, ran, resumedFrom } of life.finished) {
        if (!ran) continue
        // Work of no cores takes no lease: of processes at the same time, each does it.
        const isShared = processes > 1 && graph.nodes.get(node)?.kind.cores === 0
        ranIn.set(key, (ranIn.get(key) ?? 0) + 1)
        if (before.results.has(key) || (!isShared && ranIn.get(key) === 2)) repeated.push(node)
        const lineage = whole.lineages.get(key)
        if (lineage === undefined) continue
        if (resumedFrom > 0) resumed.add(`${store} ${lineage} ${resumedFrom}`)
        if (resumedFrom < (before.saved.get(lineage)?.step ?? 0)) report.setBack++
      }
    }
    /** Of nodes that have not come to their end, the checkpoints tell. */
    const readSaved = (before: Inspection, now: Inspection): void => {
      for (const [lineage, { step, from = 0 }] of now.saved) {
        const last = before.saved.get(lineage)
        if (from > 0) resumed.add(`${store} ${lineage} ${from}`)
        // Another process may have been at it all the time.
        const isSameRun = step === last?.step || (processes > 1 && from === (last?.from ?? 0))
        if (last !== undefined && !isSameRun && from < last.step) report.setBack++
      }
    }
    let seats: readonly Seat[] = Array.from({ length: processes }, begin)
    let isKilled = false
    while (seats.length > 0) {
      const isLast = kills.length >= options.kills
      const victim = seats[draw.below(drawn++, seats.length)] as Seat
      const wait = isLast ? undefined : momentIn(victim, store)
      const over = await Promise.race([...(wait === undefined ? [] : [wait.over]), ...seats.map((seat) => seat.life.ended.then(() => seat))])
      wait?.callOff()
      const seat = over ?? victim
      const at = Math.round(seat.life.ms())
      if (over === undefined) seat.life.kill()
      const ended = await seat.life.ended
      const known = resumed.size
      close(seat)
      seats = seats.filter((one) => one !== seat)
      if (ended) {
        if (!isKilled) continue
        report.ends++
        const same = hasEqualContents(seat.life, whole)
        if (same) report.equal++
        options.onEnd?.(same)
        continue
      }
      isKilled = true
      const before = found
      found = await inspect(store, whole)
      readSaved(before, found)
      const { results, wrong } = found
      const underWay = [...whole.lineages].filter(([key, lineage]) => found.saved.has(lineage) && !results.has(key)).length
      const kill: Kill = { at, results: results.size, wrong, underWay, wentOn: resumed.size - known }
      kills.push(kill)
      options.onKill?.(kill)
      seats = [...seats, begin()]
    }
  }
  try {
    for (let n = 0; kills.length < options.kills; n++) await onStore(join(dir, `store-${n}`))
  } finally {
    // Should a look at a store have failed.
    for (const life of lives) life.kill()
  }
  return { kills, ...report, resumed: resumed.size, repeated, nodes: whole.contents.size, wholeMs }
}

const hasEqualContents = ({ finished }: Life, { contents }: Whole): boolean => {
  const own = new Map(finished.map(({ key, contents: text }) => [key, text]))
  return own.size === contents.size && [...own].every(([key, text]) => contents.get(key) === text)
}

interface Pause {
  readonly over: Promise<undefined>
  readonly callOff: () => void
}

/** So many milliseconds after `from`, and then after it `isSo`. */
const pause = (ms: number, from: Promise<void> = Promise.resolve(), isSo?: () => Promise<boolean>): Pause => {
  let timer: NodeJS.Timeout | undefined
  let isOff = false
  const over = new Promise<undefined>((resolve, reject) => {
    const look = async (): Promise<void> => {
      if (isSo !== undefined && !(await isSo())) timer = isOff ? undefined : setTimeout(() => void look().catch(reject), lookEveryMs)
      else if (!isOff) timer = setTimeout(() => resolve(undefined), ms)
    }
    void from.then(look).catch(reject)
  })
  return {
    over,
    callOff: () => {
      isOff = true
      clearTimeout(timer)
    },
  }
}
