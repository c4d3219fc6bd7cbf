/**
 * Work in flight, by key: one execution for each key however many nodes want it, stopped when nobody does. Also who gets
 * cores: the start of the longest chain first, and more than one core only when no other ready node wants it.
 * SPEC C1-C5, P6, P7, P17, E3.
 */
import { countOf, firstOf, isAmong, listOf, noFew, without, withOne, type Few, type ReadonlyFew } from "../base/few.ts"
import type { Hash } from "../base/hash.ts"
import { TextMap } from "../base/text-map.ts"
import { LazySignal } from "./lazy-signal.ts"
import type { NodeRecord } from "./node-record.ts"
import { makeRests } from "./resting.ts"
import type { Hub } from "./stream/hub.ts"
import { isNothing, type Resources } from "./resources.ts"
import { attempt, attemptBeside, type AttemptHooks, type AttemptSite, type Ended, type Work } from "./attempt.ts"

export interface FlightHooks {
  readonly onStart: (owner: NodeRecord, work: Work) => void
  readonly onProgress: (demanders: Iterable<NodeRecord>, progress: Parameters<AttemptHooks["onProgress"]>[0]) => void
  readonly onPartial: (demanders: Iterable<NodeRecord>, outputs: Parameters<AttemptHooks["onPartial"]>[0]) => void
  /** `owner` is the node the work counts for; the others share its result. */
  readonly onEnd: (demanders: ReadonlyFew<NodeRecord>, owner: NodeRecord | undefined, work: Work, ended: Ended) => void
  /** Something may be started now: call `dispatch` when the present turn is over. */
  readonly onFree: () => void
  /** Length of the longest chain of work that begins with this node. */
  readonly rank: (record: NodeRecord) => number
  /** May have a spare core. */
  readonly isInteractive: (record: NodeRecord) => boolean
  /** Whether a node still wants what it wanted before an edit upstream is not known yet. */
  readonly isDoubtful: (record: NodeRecord) => boolean
}

export interface Retry {
  /** Of work that fails transiently. */
  readonly tries: number
  /** Milliseconds before the second try; doubled for each that follows. */
  readonly pauseMs: number
  /** A number from 0 to 1, drawn for each pause, by which that is shortened to as little as half: so nodes that failed together do not come back together. */
  readonly jitter?: () => number
}

export interface FlightOptions extends AttemptSite {
  readonly retry: Retry
  /** Pause between looks at work that another process does. */
  readonly pollMs: number
  readonly hub: Hub
  /** Milliseconds that work waits for the consumers of its streams before it gives its cores to other work. */
  readonly patienceMs: number
  readonly resources: Resources
  /** Cores beyond the transport's capacity that only interactive work gets, when all others are taken. */
  readonly spare: number
}

export interface Flight {
  /** `record` wants the result of `work`: joins what is in flight or queues it. */
  readonly want: (record: NodeRecord, work: Work) => void
  /** `record` wants the result of `work`, for which there is a core now. */
  readonly startNow: (record: NodeRecord, work: Work) => void
  /** What is in flight under a provisional key is found under the final one too; false when something else is, or it is being stopped. */
  readonly rekey: (from: Hash, to: Hash) => boolean
  /** The work under a key waits for the consumers of its streams, and could go on. */
  readonly rest: (key: Hash) => void
  readonly goOn: (key: Hash) => void
  /** Stops the work under a key, which cannot come to its end. Whoever wants it is told when it has stopped. */
  readonly breakOff: (key: Hash) => void
  readonly demandersOf: (key: Hash) => Iterable<NodeRecord>
  /** Cores that no work which is ready wants. */
  readonly freeCores: () => number
  /** `record` no longer wants what it waits for. The work goes on until `dispatch`: another node may come to want it. */
  readonly drop: (record: NodeRecord) => void
  /** Who goes first may be another one than before. */
  readonly reorder: () => void
  /** Stops what nobody wants, then starts what there are cores and resources for. */
  readonly dispatch: () => void
  readonly dropAll: () => void
  readonly size: () => number
  /** Resolves when nothing is in flight. */
  readonly idle: () => Promise<void>
}

/** A fault of a transport or a store, which promise not to reject: the node fails, the engine goes on. */
const unexpected = (error: unknown): Ended => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { _tag: "failed", message, ms: 0, transient: false, ...(stack === undefined ? {} : { stack }) }
}

/** Milliseconds between try number `tries` and the next. */
export const pauseBefore = (tries: number, { pauseMs, jitter = () => 0 }: Retry): number => pauseMs * 2 ** (tries - 1) * (1 - jitter() / 2)

const first = <A>(items: Iterable<A>): A | undefined => {
  for (const item of items) return item
  return undefined
}

/** Work in flight. A class, because closures of its own would be made anew for each; see lazy-signal.ts. */
class Execution implements AttemptHooks {
  work: Work
  demanders: Few<NodeRecord> = noFew
  owner: NodeRecord | undefined = undefined
  stop = new LazySignal()
  phase: "queued" | "running" | "waiting" = "queued"
  threads = 0
  tries = 0
  /** The final key of work that began under a provisional one. */
  alias: Hash | undefined = undefined
  /** Asked for once, when there is more work than cores; of equal ranks the one that came first goes first. */
  rank: number | undefined = undefined
  readonly came: number
  /** Of its streams, once it has begun. */
  declare link?: NonNullable<AttemptHooks["link"]>
  readonly #hooks: FlightHooks
  constructor(work: Work, came: number, hooks: FlightHooks) {
    this.work = work
    this.came = came
    this.#hooks = hooks
  }
  onStart(): void {
    this.owner = firstOf(this.demanders)
    if (this.owner !== undefined) this.#hooks.onStart(this.owner, this.work)
  }
  onProgress(progress: Parameters<AttemptHooks["onProgress"]>[0]): void {
    this.#hooks.onProgress(this.demanders, progress)
  }
  onPartial(outputs: Parameters<AttemptHooks["onPartial"]>[0]): void {
    this.#hooks.onPartial(this.demanders, outputs)
  }
}

export const makeFlight = (options: FlightOptions, hooks: FlightHooks): Flight => {
  const inFlight = new TextMap<Execution>()
  /** Work that needs cores, by rank, the highest last, once sorted. */
  const queue: Execution[] = []
  let isSorted = true
  const withCores = new Set<Execution>()
  const unwanted = new Set<Execution>()
  let idlers: (() => void)[] = []
  let used = 0
  let came = 0

  const rests = makeRests<Execution>({ hub: options.hub, clock: options.clock, patienceMs: options.patienceMs, onPatient: () => hooks.onFree() })
  const isBeside = ({ work }: Execution): boolean => work.cores === 0 && isNothing(work.uses)
  /** What runs beside the engine begins at once: what it reads was at hand a moment ago. */
  const enqueue = (x: Execution): void => {
    if (isBeside(x)) return start(x, 0)
    x.phase = "queued"
    isSorted = queue.push(x) === 1
  }
  const dequeue = (x: Execution): void => {
    const at = queue.indexOf(x)
    if (at >= 0) queue.splice(at, 1)
  }
  const forget = (x: Execution): void => {
    inFlight.delete(x.work.key)
    if (x.alias !== undefined) inFlight.delete(x.alias)
    unwanted.delete(x)
    if (inFlight.size > 0) return
    for (const resolve of idlers) resolve()
    idlers = []
  }
  const stop = (x: Execution): void => {
    if (x.phase === "queued") {
      dequeue(x)
      return forget(x)
    }
    if (x.stop.aborted) return
    if (x.phase === "running") options.tally.aborts++
    x.stop.abort()
  }
  const abandon = (x: Execution): void => {
    for (const record of x.demanders) record.awaited = undefined
    x.demanders = noFew
    stop(x)
  }

  const end = (x: Execution, ended: Ended): void => {
    if (x.stop.aborted && ended._tag === "cancelled" && countOf(x.demanders) > 0 && x.work.isLive !== true) {
      // Wanted again while it was being stopped.
      x.stop = new LazySignal()
      enqueue(x)
    } else {
      for (const record of listOf(x.demanders)) record.awaited = undefined
      const owner = x.owner !== undefined && isAmong(x.demanders, x.owner) ? x.owner : firstOf(x.demanders)
      forget(x)
      hooks.onEnd(x.demanders, owner, x.work, ended)
    }
    hooks.onFree()
  }
  const pause = async (x: Execution, ms: number): Promise<void> => {
    x.phase = "waiting"
    hooks.onFree()
    await new Promise<void>((resolve) => {
      const { signal } = x.stop
      const goOn = (): void => {
        clearTimeout(timer)
        signal.removeEventListener("abort", goOn)
        resolve()
      }
      const timer = setTimeout(goOn, ms)
      signal.addEventListener("abort", goOn)
    })
    if (x.stop.aborted) return end(x, { _tag: "cancelled" })
    enqueue(x)
    hooks.onFree()
  }
  const beginBeside = (x: Execution): Ended | Promise<Ended> => {
    try {
      return attemptBeside(options, x.work, x.stop, x)
    } catch (error) {
      return unexpected(error)
    }
  }
  const stopped = (x: Execution, ended: Ended | { readonly _tag: "elsewhere" }): void => {
    if (x.link !== undefined) options.hub.close(x.work.key, ended._tag === "done" ? ended.action.outputs : undefined)
    if (x.threads > 0) {
      if (!rests.close(x)) used -= x.threads
      withCores.delete(x)
    }
    options.resources.giveBack(x.work.uses)
    // What feeds it does not wait.
    if (x.work.isLive === true) return end(x, ended._tag === "elsewhere" ? { _tag: "cancelled" } : ended)
    if (ended._tag === "elsewhere") return void pause(x, options.pollMs)
    if (ended._tag === "failed" && ended.transient && ++x.tries < options.retry.tries) return void pause(x, pauseBefore(x.tries, options.retry))
    end(x, ended)
  }
  const start = (x: Execution, threads: number): void => {
    x.phase = "running"
    x.threads = threads
    used += threads
    if (threads > 0) withCores.add(x)
    if (x.work.demand !== undefined) x.link = options.hub.open(x.work.key)
    const ending = threads === 0 ? beginBeside(x) : attempt(options, x.work, threads, x.stop, x)
    if (ending instanceof Promise) void ending.catch(unexpected).then((ended) => stopped(x, ended))
    else stopped(x, ending)
  }

  /** Whether cores of work that waits are free now. */
  const layDown = (): boolean => {
    const x = rests.layDown()
    if (x === undefined) return false
    used -= x.threads
    withCores.delete(x)
    return true
  }
  /** Gives cores back to work that could go on again, those of work that waits in its place too; false when some is still without. */
  const wakeAll = (): boolean => {
    for (const x of rests.sleepless()) {
      while (options.transport.capacity - used < x.threads) if (!layDown()) return false
      used += x.threads
      withCores.add(x)
      rests.wake(x)
    }
    return true
  }

  /** Stops work that may turn out unwanted, as far as it stands in the way of work that is wanted for certain. */
  const yieldCores = (wanted: number): void => {
    let coming = 0
    for (const { stop, threads } of withCores) if (stop.aborted) coming += threads
    for (const x of [...withCores]) {
      if (coming >= wanted) return
      if (x.stop.aborted || ![...x.demanders].every(hooks.isDoubtful)) continue
      coming += x.threads
      abandon(x)
    }
  }

  const make = (work: Work): Execution => {
    const x = new Execution(work, came++, hooks)
    inFlight.set(work.key, x)
    return x
  }
  const join = (record: NodeRecord, x: Execution): void => {
    unwanted.delete(x)
    x.demanders = withOne(x.demanders, record)
    record.awaited = x.work.key
  }
  const drop = (record: NodeRecord): void => {
    const x = record.awaited === undefined ? undefined : inFlight.get(record.awaited)
    record.awaited = undefined
    if (x === undefined) return
    x.demanders = without(x.demanders, record)
    if (countOf(x.demanders) === 0) unwanted.add(x)
  }
  return {
    want: (record, work) => {
      const found = inFlight.get(work.key)
      const x = found ?? make(work)
      if (work.isForced && x.phase !== "running") x.work = work
      join(record, x)
      if (found === undefined) enqueue(x)
    },
    startNow: (record, work) => {
      drop(record)
      const found = inFlight.get(work.key)
      const x = found ?? make(work)
      join(record, x)
      if (found === undefined) start(x, Math.min(1, work.cores))
    },
    rekey: (from, to) => {
      const x = inFlight.get(from)
      if (x === undefined || x.stop.aborted || (inFlight.get(to) ?? x) !== x) return false
      x.alias = to
      inFlight.set(to, x)
      return true
    },
    rest: (key) => {
      const x = inFlight.get(key)
      if (x === undefined || x.threads === 0) return
      rests.begin(x, queue.length > 0 || first(rests.sleepless()) !== undefined)
    },
    goOn: (key) => {
      const x = inFlight.get(key)
      if (x === undefined) return
      rests.end(x)
      if (first(rests.sleepless()) !== undefined) hooks.onFree()
    },
    breakOff: (key) => {
      const x = inFlight.get(key)
      if (x !== undefined) stop(x)
    },
    demandersOf: (key) => inFlight.get(key)?.demanders ?? [],
    freeCores: () => (queue.length > 0 ? 0 : options.transport.capacity - used - rests.cores()),
    drop,
    dispatch: () => {
      for (const x of unwanted) stop(x)
      unwanted.clear()
      if (!wakeAll()) return
      if (queue.length > 1 && !isSorted) {
        for (const x of queue) x.rank ??= Math.max(...[...x.demanders].map(hooks.rank))
        queue.sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || b.came - a.came)
        isSorted = true
      }
      // What one that waits lacks is kept for it: else small jobs could keep a large one from ever starting.
      const lacking = new Set<string>()
      for (let at = queue.length - 1; at >= 0; at--) {
        const free = options.transport.capacity - used
        const x = queue[at] as Execution
        const room = [...x.demanders].some(hooks.isInteractive) ? free + options.spare : free
        if (room < 1) {
          if (!layDown()) return yieldCores(at + 1)
          at++
          continue
        }
        const names = Object.keys(x.work.uses)
        if (names.some((name) => lacking.has(name)) || !options.resources.take(x.work.uses)) {
          for (const name of names) lacking.add(name)
          continue
        }
        queue.splice(at, 1)
        start(x, Math.min(x.work.cores, Math.max(1, free - queue.length)))
      }
    },
    reorder: () => {
      for (const x of queue) x.rank = undefined
      isSorted = queue.length < 2
    },
    dropAll: () => new Set(inFlight.values()).forEach(abandon),
    size: () => inFlight.size,
    idle: () => (inFlight.size === 0 ? Promise.resolve() : new Promise((resolve) => void idlers.push(resolve))),
  }
}
