/** How things stand: of each node, of what flows out of it, of the graph file, the overlay, the edits and the engine. SPEC L3. */
import * as t from "io-ts"
import { base64, count, list, orNull, record, word } from "./codec.ts"

/**
 * `waiting`: to be computed and not begun; `partial`: runs, and has something to show; `stale`: an edit may have made
 * it out of date and nothing computes it (paused, or stopped); `held`: pinned or bypassed; `expanded`: the nodes that it became are done.
 */
export const Phase = word("waiting", "running", "partial", "done", "reused", "failed", "blocked", "stale", "gated", "off", "held", "expanded")

export const Point = t.readonly(t.tuple([t.number, t.number]))

/** The little that a node's card shows of its result. */
export const Headline = t.union([
  t.type({ _tag: t.literal("metric"), title: t.string, unit: t.string, better: word("lower", "higher"), values: record(t.number) }),
  /** Thinned to at most 64 points; `live`: of a run that goes on. */
  t.type({ _tag: t.literal("curve"), title: t.string, x: t.string, y: t.string, points: list(Point), live: t.boolean }),
  /** The first image, made smaller: `channels` bytes a pixel (1 grey, 3 RGB), row by row. */
  t.type({ _tag: t.literal("picture"), title: t.string, width: count, height: count, channels: t.union([t.literal(1), t.literal(3)]), pixels: base64 }),
  t.type({ _tag: t.literal("text"), title: t.string, text: t.string }),
])

export const Progress = t.type({
  done: t.number,
  /** Null while nobody can know. */
  total: orNull(t.number),
  unit: t.string,
  note: orNull(t.string),
  /** Milliseconds left at the pace it has; null before there is one. */
  leftMs: orNull(t.number),
})

export const OutputStatus = t.type({
  hash: t.string,
  bytes: t.number,
  /** Of a stream. */
  elements: orNull(count),
})

export const NodeStatus = t.type({
  phase: Phase,
  /** The revision that phase and outputs are of. */
  revision: count,
  /** What is shown is valid for the present revision; else it is of an older one, and should look so. */
  isFresh: t.boolean,
  /** Why it ran or runs, in a few words; for the others why it did not, or null. */
  why: orNull(t.string),
  /** Of a failure. */
  message: orNull(t.string),
  /** That the failure is about. */
  param: orNull(t.string),
  progress: orNull(Progress),
  /** When it began to run, milliseconds since the epoch, and how long its last run took. */
  startedAt: orNull(t.number),
  expectedMs: orNull(t.number),
  /** How long it took. */
  ms: orNull(t.number),
  headline: orNull(Headline),
  /**
   * The newest revision whose result the headline is, which only grows; 0 before there is one. A metric follows an edit
   * when this is at least the edit's revision, though newer edits may have made it out of date already.
   */
  headlineRevision: count,
  outputs: record(OutputStatus),
})

/** What flows out of `node.port`. */
export const Flow = t.type({
  /** In a few words: "f32 [2048, 128]", "3 tensors", "curve". */
  what: t.string,
  dtype: orNull(t.string),
  shape: orNull(list(count)),
  bytes: t.number,
  /** Of a stream: elements so far, and those a second while it flows. */
  elements: orNull(count),
  perSecond: orNull(t.number),
})

export const Problem = t.type({
  file: orNull(t.string),
  /** From 1. */
  line: orNull(count),
  column: orNull(count),
  message: t.string,
})

/** With problems the last good graph goes on. */
export const FileStatus = t.type({
  file: t.string,
  problems: list(Problem),
  /** When the graph that goes on was read. */
  loadedAt: t.number,
})

/** Of what the page has changed against the file. */
export const OverlayView = t.type({
  /** Where it is kept. */
  file: t.string,
  changes: list(t.type({ target: t.string, text: t.string })),
  /** What the overlay has that does not fit the file any more, in words; it is left out. */
  problems: list(t.string),
})

export const HistoryView = t.type({
  /** What would be undone and done again, the next first. */
  undo: list(t.string),
  redo: list(t.string),
})

export const EngineView = t.type({
  /** Paused: edits are taken, nothing runs. */
  mode: word("live", "paused"),
  isBusy: t.boolean,
  revision: count,
  /** Nodes by phase. */
  phases: record(count),
  jobs: count,
  /** Since the start: jobs begun, jobs told to stop, and values of knobs that newer ones replaced before anything ran for them. */
  executed: count,
  cancelled: count,
  superseded: count,
  /** How long the last settling took. */
  settledMs: orNull(t.number),
  pages: count,
  /** When the server began. */
  startedAt: t.number,
})

export type Phase = t.TypeOf<typeof Phase>
export type Headline = t.TypeOf<typeof Headline>
export type Progress = t.TypeOf<typeof Progress>
export type OutputStatus = t.TypeOf<typeof OutputStatus>
export type NodeStatus = t.TypeOf<typeof NodeStatus>
export type Flow = t.TypeOf<typeof Flow>
export type Problem = t.TypeOf<typeof Problem>
export type FileStatus = t.TypeOf<typeof FileStatus>
export type OverlayView = t.TypeOf<typeof OverlayView>
export type HistoryView = t.TypeOf<typeof HistoryView>
export type EngineView = t.TypeOf<typeof EngineView>
