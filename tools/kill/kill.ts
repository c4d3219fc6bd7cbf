/**
 * Kills real runs at random moments, starts them again on what they left, and so on until they end; then the next store.
 * Tells whether each ended with the contents of a run that nobody killed, and whether work was done twice without need.
 * Several processes may run on the store at once, of which one is killed at a time.
 */
import { join } from "node:path"
import type { Hash } from "../../src/base/hash.ts"
import { random } from "../../src/base/random.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { inspect, readWhole, type Inspection, type Whole } from "./inspect.ts"
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
}

export interface KillReport {
  readonly kills: readonly Kill[]
  /** Processes that came to their end on stores with kills, and those of them with the contents of the whole run. */
  readonly ends: number
  readonly equal: number
  /** Nodes that ran although their result was in the store when their process began, or that ran to their end twice. Must be none. */
  readonly repeated: readonly string[]
  /** Nodes that went on from a checkpoint, and those that went on from less than the furthest there was. Must be none of the latter. */
  readonly resumed: number
  readonly setBack: number
  readonly nodes: number
  readonly wholeMs: number
}

/** The latest kill, as a share of the whole run: each run goes on from what the one before left, so all of the graph is reached. */
const longest = 0.6
/** The share of kills that may come before a process has done anything; the others come later than that. */
const early = 0.25

/** One of the processes on a store, and what was there when it began. */
interface Seat {
  readonly life: Life
  readonly before: Inspection
}

export const killAgainAndAgain = async (options: KillOptions): Promise<KillReport> => {
  const { graph, args, processes, dir } = options
  const start = (store: string): Life => startLife([...args, "--store", store], dir)
  const first = start(join(dir, "whole"))
  await first.begun
  const startMs = first.ms()
  await first.ended
  const wholeMs = first.ms()
  const whole = await readWhole(join(dir, "whole"), graph, first.finished)
  const draw = random(`kills ${options.seed}`)
  let drawn = 0
  const kills: Kill[] = []
  /** The moment of the next kill, if it is to be of this process. */
  const momentIn = (life: Life): Pause => {
    const share = draw.uniform(drawn++) * longest
    return draw.uniform(drawn++) < early ? pause(share * wholeMs) : pause(share * (wholeMs - startMs), life.begun)
  }
  const report = { ends: 0, equal: 0, resumed: 0, setBack: 0 }
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
        const saved = lineage === undefined ? 0 : (before.saved.get(lineage) ?? 0)
        if (resumedFrom > 0) report.resumed++
        if (resumedFrom < saved) report.setBack++
      }
    }
    let seats: readonly Seat[] = Array.from({ length: processes }, begin)
    let isKilled = false
    while (seats.length > 0) {
      const isLast = kills.length >= options.kills
      const victim = seats[draw.below(drawn++, seats.length)] as Seat
      const wait = isLast ? undefined : momentIn(victim.life)
      const over = await Promise.race([...(wait === undefined ? [] : [wait.over]), ...seats.map((seat) => seat.life.ended.then(() => seat))])
      wait?.callOff()
      const seat = over ?? victim
      const at = Math.round(seat.life.ms())
      if (over === undefined) seat.life.kill()
      const ended = await seat.life.ended
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
      found = await inspect(store, whole)
      const { results, wrong, saved } = found
      const underWay = [...whole.lineages].filter(([key, lineage]) => saved.has(lineage) && !results.has(key)).length
      const kill: Kill = { at, results: results.size, wrong, underWay }
      kills.push(kill)
      options.onKill?.(kill)
      seats = [...seats, begin()]
    }
  }
  for (let n = 0; kills.length < options.kills; n++) await onStore(join(dir, `store-${n}`))
  return { kills, ...report, repeated, nodes: whole.contents.size, wholeMs }
}

const hasEqualContents = ({ finished }: Life, { contents }: Whole): boolean => {
  const own = new Map(finished.map(({ key, contents: text }) => [key, text]))
  return own.size === contents.size && [...own].every(([key, text]) => contents.get(key) === text)
}

interface Pause {
  readonly over: Promise<undefined>
  readonly callOff: () => void
}

/** So many milliseconds after `from`. */
const pause = (ms: number, from: Promise<void> = Promise.resolve()): Pause => {
  let timer: NodeJS.Timeout | undefined
  let isOff = false
  const over = new Promise<undefined>((resolve) => {
    void from.then(() => {
      if (!isOff) timer = setTimeout(() => resolve(undefined), ms)
    })
  })
  return {
    over,
    callOff: () => {
      isOff = true
      clearTimeout(timer)
    },
  }
}
