/**
 * Watches an engine, from before the first graph, and keeps the board: how each node stands, what its card shows, and what flows out of it. Whatever
 * happens to a node between two looks costs one look. Reads of results wait for nobody: the card shows the old one,
 * marked as such, until the new one is read. SPEC L3.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Clock } from "../base/clock.ts"
import type { Hash } from "../base/hash.ts"
import { describeWhy } from "../engine/describe-why.ts"
import type { Engine } from "../engine/engine.ts"
import type { EngineEvent, Why } from "../engine/event.ts"
import type { NodeState } from "../engine/node-state.ts"
import { whyNot } from "../engine/why-not.ts"
import type { Node } from "../graph/graph.ts"
import { isStream } from "../schema/stream.ts"
import type { StoredOutput } from "../store/segments.ts"
import type { Board } from "./board.ts"
import { shapeOfBytes, shapeOfType, type Shape } from "./flow.ts"
import { curveHeadline, headlineOf, headlinePort } from "./headline.ts"
import { makeJournal, type Journal } from "./journal.ts"
import { makeLiveCurves, type LiveCurves } from "./live-curves.ts"
import type { OutputValues } from "./output-values.ts"
import type { Headline, NodeStatus, Phase } from "./protocol/status.ts"

export interface Monitor {
  readonly journal: Journal
  readonly curves: LiveCurves
  /** Something of all nodes may be another thing: whether anything is going to run, for one. */
  readonly lookAtAll: () => void
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

interface Run {
  readonly startedAt: number
  readonly began: number
  readonly why: Why
  readonly expectedMs: number | null
  first: { readonly at: number; readonly done: number } | undefined
  hasPartial: boolean
}

/** Edges are told of when nothing has changed for so long, and at the latest after so long. */
const flowQuietMs = 150
const flowLatestMs = 1_000

export const makeMonitor = ({ engine, board, values, clock, isWaiting, onNode, onStatus }: MonitorOptions): Monitor => {
  const journal = makeJournal()
  const curves = makeLiveCurves()
  const nodes = new Map<string, Node>()
  const runs = new Map<string, Run>()
  /** Of each node the newest that was read, and of which content. */
  const headlines = new Map<string, { readonly hash: Hash; readonly headline: Headline | null }>()
  const reading = new Map<string, Hash>()
  const shapes = new Map<string, { readonly hash: Hash; readonly shape: Shape }>()
  const streams = new Map<string, { readonly elements: number; readonly dropped: number; readonly perSecond: number | null }>()
  let touched = new Set<string>()
  let lookDue = false
  let flowsOf = new Set<string>()
  let flowTimer: ReturnType<typeof setTimeout> | undefined
  let flowSince: number | undefined
  let isClosed = false

  const touch = (path: string): void => {
    touched.add(path)
    if (lookDue) return
    lookDue = true
    setImmediate(look)
  }
  const look = (): void => {
    lookDue = false
    if (isClosed) return
    const paths = touched
    touched = new Set()
    for (const path of paths) {
      const node = engine.node(path)
      if (node !== nodes.get(path)) onNode(path, node)
      if (node === undefined) leave(path)
      else {
        nodes.set(path, node)
        board.put("statuses", path, statusOf(node, engine.state(path)))
      }
    }
    onStatus()
  }
  const leave = (path: string): void => {
    nodes.delete(path)
    board.put("statuses", path, undefined)
    for (const key of [...shapes.keys()]) if (key.startsWith(`${path}.`)) forgetFlow(key)
    headlines.delete(path)
    runs.delete(path)
    curves.end(path)
    journal.forget(path)
  }
  const forgetFlow = (key: string): void => {
    shapes.delete(key)
    streams.delete(key)
    board.put("flows", key, undefined)
  }

  const statusOf = (node: Node, state: NodeState): NodeStatus => {
    const run = runs.get(node.path)
    const isRunning = state.phase === "running" && run !== undefined
    const { outcome } = state
    const phase = phaseOf(state, run)
    const headline = headlineFor(node, state, isRunning)
    if (state.outputs !== undefined) touchFlow(node.path)
    return {
      phase,
      revision: state.revision,
      isFresh: state.phase === "clean" && headline.isFresh,
      why: isRunning ? describeWhy(run.why) : reasonOf(state),
      message: outcome?.state === "failed" && phase === "failed" ? outcome.message : null,
      param: outcome?.state === "failed" && phase === "failed" ? (outcome.param ?? null) : null,
      progress: isRunning && state.progress !== undefined ? progressOf(state.progress, run) : null,
      startedAt: isRunning ? run.startedAt : null,
      expectedMs: isRunning ? run.expectedMs : null,
      ms: outcome !== undefined && "ms" in outcome && outcome.state !== "reused" ? outcome.ms : null,
      headline: headline.headline,
      outputs: Object.fromEntries(Object.entries(state.outputs ?? {}).map(([port, { hash, bytes, stream }]) => [port, { hash, bytes: stream?.size ?? bytes, elements: stream?.elements ?? null }])),
    }
  }
  const phaseOf = (state: NodeState, run: Run | undefined): Phase => {
    switch (state.phase) {
      case "running":
        // Wanted, and not begun yet.
        if (run === undefined) return "waiting"
        return run.hasPartial || curves.of(state.path) !== undefined ? "partial" : "running"
      case "stale":
      case "gone":
        return isWaiting() ? "waiting" : "stale"
      case "clean":
        if (state.outcome?.state === "held") return "held"
        return state.outcome?.state === "reused" ? "reused" : "done"
      default:
        return state.phase
    }
  }
  const progressOf = ({ done, total, unit, note }: NonNullable<NodeState["progress"]>, { first }: Run): NodeStatus["progress"] => {
    const [gained, ms] = first === undefined ? [0, 0] : [done - first.done, clock.now() - first.at]
    return { done, total, unit, note: note ?? null, leftMs: gained <= 0 || ms <= 0 || total <= done ? null : Math.round(((total - done) * ms) / gained) }
  }

  const headlineFor = (node: Node, { outputs, phase }: NodeState, isRunning: boolean): { readonly headline: Headline | null; readonly isFresh: boolean } => {
    const { path } = node
    const curve = isRunning ? curves.of(path) : undefined
    if (curve !== undefined) return { headline: curveHeadline(curve, true), isFresh: false }
    const old = headlines.get(path)
    const port = headlinePort(node)
    const output = port === undefined ? undefined : outputs?.[port]
    if (port === undefined || output === undefined) return { headline: output === undefined && port !== undefined ? (old?.headline ?? null) : null, isFresh: true }
    if (old?.hash === output.hash) return { headline: old.headline, isFresh: true }
    const now = readNow(node, port, output)
    if (now !== undefined) return { headline: now, isFresh: true }
    if (phase === "clean") readLater(node, port, output)
    return { headline: old?.headline ?? null, isFresh: false }
  }
  const keep = (path: string, hash: Hash, headline: Headline | null): void => {
    headlines.set(path, { hash, headline })
  }
  const readNow = (node: Node, port: string, output: StoredOutput): Headline | undefined => {
    const type = node.kind.outputs[port]
    const value = type === undefined ? undefined : values.now(type, output)
    const headline = type === undefined || value === undefined ? undefined : headlineOf(type.view, value)
    if (headline !== undefined) keep(node.path, output.hash, headline)
    return headline
  }
  const readLater = ({ path, kind }: Node, port: string, output: StoredOutput): void => {
    const type = kind.outputs[port]
    if (type === undefined || reading.get(path) === output.hash) return
    reading.set(path, output.hash)
    void values.read(type, output).then((value) => {
      if (reading.get(path) !== output.hash) return
      reading.delete(path)
      keep(path, output.hash, E.isRight(value) ? (headlineOf(type.view, value.right) ?? null) : { _tag: "text", title: port, text: value.left })
      touch(path)
    })
  }

  const touchFlow = (path: string): void => {
    flowsOf.add(path)
    const now = clock.now()
    flowSince ??= now
    if (flowTimer !== undefined && now - flowSince > flowLatestMs) return
    clearTimeout(flowTimer)
    flowTimer = setTimeout(lookAtFlows, flowQuietMs)
    flowTimer.unref()
  }
  const lookAtFlows = (): void => {
    const paths = flowsOf
    flowsOf = new Set()
    flowTimer = flowSince = undefined
    for (const path of paths) for (const [port, output] of Object.entries(engine.state(path).outputs ?? {})) void lookAtFlow(path, port, output)
  }
  const lookAtFlow = async (path: string, port: string, output: StoredOutput): Promise<void> => {
    const type = nodes.get(path)?.kind.outputs[port]
    if (type === undefined || isClosed) return
    const key = `${path}.${port}`
    let known = shapes.get(key)
    if (known?.hash !== output.hash) {
      const read = output.bytes > mostShapeBytes ? E.left("too much to look into") : await values.bytes(type, output, isStream(type) ? 0 : undefined)
      known = { hash: output.hash, shape: E.isRight(read) ? shapeOfBytes(type, read.right) : shapeOfType(type) }
      if (!nodes.has(path)) return
      shapes.set(key, known)
    }
    const went = streams.get(key)
    board.put("flows", key, {
      ...known.shape,
      bytes: output.stream?.size ?? output.bytes,
      elements: output.stream?.elements ?? went?.elements ?? null,
      perSecond: went?.perSecond ?? null,
      dropped: went?.dropped ?? 0,
    })
  }

  const hear = (event: EngineEvent): void => {
    const at = clock.wall()
    journal.hear(event, at)
    switch (event.type) {
      case "started":
        curves.begin(event.node)
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
      case "streamed": {
        const run = runs.get(event.node)
        const seconds = run === undefined ? 0 : (clock.now() - run.began) / 1000
        streams.set(`${event.node}.${event.port}`, { elements: event.elements, dropped: event.dropped, perSecond: seconds > 0 ? event.elements / seconds : null })
        return touchFlow(event.node)
      }
      case "outcome":
        runs.delete(event.node)
        curves.end(event.node)
        return touch(event.node)
    }
  }
  const subscriptions = [engine.events$.subscribe(hear), engine.changes$.subscribe(touch)]
  return {
    journal,
    curves,
    lookAtAll: () => nodes.forEach((_, path) => touch(path)),
    close: () => {
      isClosed = true
      clearTimeout(flowTimer)
      for (const subscription of subscriptions) subscription.unsubscribe()
    },
  }
}

const mostShapeBytes = 64 * 2 ** 20

const reasonOf = ({ phase, outcome }: NodeState): string | null => {
  if (outcome === undefined || phase === "stale" || phase === "running") return null
  if (outcome.state === "ran" || outcome.state === "failed") return describeWhy(outcome.why)
  return outcome.state === "reused" ? "nothing it depends on has changed" : whyNot(outcome)
}
