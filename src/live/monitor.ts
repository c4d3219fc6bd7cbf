/**
 * Watches an engine, from before the first graph, and keeps the board: how each node stands, what its card shows, and what
 * flows out of it. Whatever happens to a node between two looks costs one look. SPEC L3.
 */
import type { Clock } from "../base/clock.ts"
import type { Engine } from "../engine/engine.ts"
import type { EngineEvent } from "../engine/event.ts"
import type { Node } from "../graph/graph.ts"
import type { Board } from "./board.ts"
import { makeFlowWatch, type FlowWatch } from "./flow-watch.ts"
import { makeHeadlines } from "./headlines.ts"
import { makeJournal, type Journal } from "./journal.ts"
import { makeLiveCurves, type LiveCurves } from "./live-curves.ts"
import { statusOf, type Run } from "./node-status.ts"
import type { OutputValues } from "./output-values.ts"

export interface Monitor {
  readonly journal: Journal
  readonly curves: LiveCurves
  readonly newest: FlowWatch["newest"]
  /** Something of all nodes may be another thing: whether anything is going to run, for one. */
  readonly lookAtAll: () => void
  /** Something that has happened is not on the board yet. */
  readonly isBehind: () => boolean
  readonly close: () => void
}

export interface MonitorOptions {
  readonly engine: Engine
  readonly board: Board
  readonly values: OutputValues
  readonly clock: Clock
  /** Whether what is stale is going to be computed. */
  readonly isWaiting: () => boolean
  /** A node is there, or another one than before, or gone: also those inside others. */
  readonly onNode: (path: string, node: Node | undefined) => void
  /** Some status is another one. */
  readonly onStatus: () => void
}

const progressMs = 100

export const makeMonitor = ({ engine, board, values, clock, isWaiting, onNode, onStatus }: MonitorOptions): Monitor => {
  const journal = makeJournal()
  const curves = makeLiveCurves()
  const flows = makeFlowWatch({ engine, board, values, clock })
  const nodes = new Map<string, Node>()
  const runs = new Map<string, Run>()
  let touched = new Set<string>()
  let isClosed = false

  const touch = (path: string): void => {
    if (touched.size === 0) setImmediate(look)
    touched.add(path)
  }
  const advanced = new Set<string>()
  let advancedTimer: ReturnType<typeof setTimeout> | undefined
  /** That a node which is known to run has come further is told now and then. */
  const touchChanged = (path: string): void => {
    const phase = board.member("statuses", path)?.phase
    if (engine.state(path).phase !== "running" || (phase !== "running" && phase !== "partial")) return touch(path)
    advanced.add(path)
    advancedTimer ??= setTimeout(() => {
      advancedTimer = undefined
      advanced.forEach(touch)
      advanced.clear()
    }, progressMs).unref()
  }
  const headlines = makeHeadlines(values, touch)
  const look = (): void => {
    if (isClosed) return
    const paths = touched
    touched = new Set()
    for (const path of paths) {
      const node = engine.node(path)
      if (node !== nodes.get(path)) onNode(path, node)
      if (node === undefined) leave(path)
      else lookAt(path, node)
    }
    onStatus()
  }
  const lookAt = (path: string, node: Node): void => {
    nodes.set(path, node)
    const state = engine.state(path)
    if (state.outputs !== undefined) flows.touch(path)
    const shown = headlines.of(node, state)
    const isResult = shown.headline !== null && shown.revision > (board.member("statuses", path)?.headlineRevision ?? 0)
    board.put("statuses", path, statusOf({ state, run: runs.get(path), curve: curves.of(path), shown, isWaiting: isWaiting(), now: clock.now() }), isResult)
  }
  const leave = (path: string): void => {
    nodes.delete(path)
    board.put("statuses", path, undefined)
    flows.forget(path)
    headlines.forget(path)
    runs.delete(path)
    curves.end(path)
    journal.forget(path)
  }

  const hear = (event: EngineEvent): void => {
    const at = clock.wall()
    journal.hear(event, at)
    switch (event.type) {
      case "started":
        curves.begin(event.node)
        flows.begin(event.node)
        runs.set(event.node, { startedAt: at, began: clock.now(), why: event.why, expectedMs: event.expectedMs ?? null, first: undefined, hasPartial: false })
        return touch(event.node)
      case "progress": {
        const run = runs.get(event.node)
        if (run !== undefined) run.first ??= { at: clock.now(), done: event.progress.done }
        return curves.add(event.node, event.progress)
      }
      case "partial": {
        const run = runs.get(event.node)
        if (run !== undefined) run.hasPartial = true
        return touch(event.node)
      }
      case "outcome":
        runs.delete(event.node)
        curves.end(event.node)
        return touch(event.node)
    }
  }
  const subscriptions = [engine.events$.subscribe(hear), engine.changes$.subscribe(touchChanged)]
  return {
    journal,
    curves,
    newest: flows.newest,
    lookAtAll: () => nodes.forEach((_, path) => touch(path)),
    isBehind: () => touched.size > 0 || headlines.isReading(),
    close: () => {
      isClosed = true
      flows.close()
      clearTimeout(advancedTimer)
      for (const subscription of subscriptions) subscription.unsubscribe()
    },
  }
}
