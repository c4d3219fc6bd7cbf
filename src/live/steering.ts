/**
 * Takes graphs to the engine at the pace of a hand. A newer graph takes the place of an older one: work for the older
 * is told to stop. While a knob is dragged, though, a result that is nearly there is let through, else
 * nothing would be seen before the hand rests. SPEC L5.
 */
import type { Clock } from "../base/clock.ts"
import type { Engine } from "../engine/engine.ts"
import type { Graph } from "../graph/graph.ts"
import { leavesBelow } from "./downstream.ts"

export interface Steering {
  /**
   * The graph is the newest; resolves with its revision when it, or one after it, is committed. `touched`: nodes whose
   * results somebody waits for; `dragged`: it is one of many that come quickly.
   */
  readonly submit: (graph: Graph, how: { readonly touched: readonly string[]; readonly dragged: boolean }) => Promise<number>
  readonly pause: () => Promise<void>
  readonly resume: () => void
  /** What is out of date and not under way is started, unless paused. */
  readonly settle: () => void
  /** Everything stops, and nothing starts until the next graph, or `resume`. */
  readonly stop: () => Promise<void>
  readonly isPaused: () => boolean
  readonly isBusy: () => boolean
  /** Graphs that were replaced before they were committed. */
  readonly superseded: () => number
  readonly settledMs: () => number | null
  readonly close: () => void
}

export interface SteeringOptions {
  readonly engine: Engine
  readonly clock: Clock
  /** The graph is about to be committed: what the revision before came to can still be seen. */
  readonly onCommit: () => void
  /** Something of `isBusy` and the like is another thing now. */
  readonly onChange: () => void
  /** The engine was passed something that broke it. */
  readonly onFault: (error: unknown) => void
}

/** What took no longer than this last time is let through, and the newest value waits for it. */
const quickMs = 300
/** What takes longer is told to stop; but without a result for so long it is let through as well, */
const followMs = 100
/** unless it takes twice as long as last time, and then at least and at most so long. */
const [leastPatienceMs, mostPatienceMs] = [quickMs, 1_000]

interface Pending {
  graph: Graph
  touched: readonly string[]
  readonly waiting: ((revision: number) => void)[]
  readonly timer: ReturnType<typeof setTimeout>
}

export const makeSteering = ({ engine, clock, onCommit, onChange, onFault }: SteeringOptions): Steering => {
  let pending: Pending | undefined
  let newest: Graph | undefined
  let isPaused = false
  let isSettling = false
  let interactive = 0
  let shownAt = -Infinity
  let superseded = 0
  let commits = 0
  let lastMs = Infinity
  let settledMs: number | null = null

  const settle = (): void => {
    if (isPaused || isSettling) return
    isSettling = true
    onChange()
    void engine
      .settle()
      .then(({ ms }) => void (settledMs = ms), onFault)
      .finally(() => {
        isSettling = false
        onChange()
      })
  }
  const commit = (graph: Graph, touched: readonly string[]): number => {
    onCommit()
    newest = graph
    const revision = engine.commit(graph)
    const wanted = isPaused ? [] : leavesBelow(graph, touched)
    if (wanted.length > 0) {
      const [number, from] = [++commits, clock.now()]
      if (interactive++ === 0) shownAt = from
      void engine
        .settle(wanted, "interactive")
        .catch(onFault)
        .finally(() => {
          interactive--
          shownAt = clock.now()
          if (number === commits) lastMs = shownAt - from
          // What has come meanwhile is read first: the newest value begins, not the one that waited.
          setImmediate(flush)
        })
    }
    settle()
    return revision
  }
  const flush = (): void => {
    if (pending === undefined) return
    const { graph, touched, waiting, timer } = pending
    clearTimeout(timer)
    pending = undefined
    const revision = commit(graph, touched)
    for (const tell of waiting) tell(revision)
  }
  return {
    submit: (graph, { touched, dragged }) => {
      if (pending !== undefined) {
        superseded++
        const { waiting } = pending
        pending.graph = graph
        pending.touched = [...new Set([...pending.touched, ...touched])]
        const committed = new Promise<number>((resolve) => waiting.push(resolve))
        if (!dragged) flush()
        return committed
      }
      const isLetThrough = dragged && !isPaused && interactive > 0 && (lastMs <= quickMs || clock.now() - shownAt >= followMs)
      if (!isLetThrough) return Promise.resolve(commit(graph, touched))
      const patience = Math.min(mostPatienceMs, Math.max(leastPatienceMs, lastMs === Infinity ? 0 : 2 * lastMs))
      // What was quick last time may have been in the store.
      const lose = (): void => {
        lastMs = Math.max(lastMs, patience)
        flush()
      }
      return new Promise((resolve) => {
        pending = { graph, touched, waiting: [resolve], timer: setTimeout(lose, patience) }
      })
    },
    pause: async () => {
      isPaused = true
      onChange()
      await engine.cancel()
    },
    resume: () => {
      isPaused = false
      flush()
      if (newest !== undefined) settle()
      onChange()
    },
    settle,
    stop: () => engine.cancel(),
    isPaused: () => isPaused,
    isBusy: () => pending !== undefined || isSettling || interactive > 0,
    superseded: () => superseded,
    settledMs: () => settledMs,
    close: () => {
      clearTimeout(pending?.timer)
      pending = undefined
    },
  }
}
