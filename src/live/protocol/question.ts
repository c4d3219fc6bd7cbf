/**
 * What a page may ask, and the answers: everything that is too big or too rarely looked at to be part of the shared
 * state. A question that is watched is answered again whenever its answer changes; only the newest answer counts. SPEC L3.
 */
import * as t from "io-ts"
import { Curve, Metric, Samples, Table } from "../../schema/views.ts"
import { base64, count, json, list, orNull, record, word } from "./codec.ts"
import { KindView, NodeView } from "./graph-view.ts"

/** A graph at some time: as it is now, as the file alone has it, a revision of this session, or a past run by its id. */
export const Moment = t.union([
  t.type({ _tag: t.literal("now") }),
  t.type({ _tag: t.literal("file") }),
  t.type({ _tag: t.literal("revision"), revision: count }),
  t.type({ _tag: t.literal("run"), id: t.string }),
])

export const Question = t.union([
  /** Why, inputs and outputs, logs, past results, lineage. */
  t.type({ ask: t.literal("node"), node: t.string }),
  /** The value of an output, drawn by its view; of a stream, its newest element. While a trainer runs, its live curve. */
  t.type({ ask: t.literal("value"), node: t.string, port: t.string }),
  /** Of one of the tensors in an output: histogram and heat map. `index` fixes the leading dimensions of the map. */
  t.type({ ask: t.literal("tensor"), node: t.string, port: t.string, tensor: t.string, index: list(count) }),
  /** What an edge carries: one element of a stream (the newest when null), or the value. */
  t.type({ ask: t.literal("sample"), node: t.string, port: t.string, element: orNull(count) }),
  t.type({ ask: t.literal("moments") }),
  t.type({ ask: t.literal("compare"), a: Moment, b: Moment }),
  /** What settling would run after the edit, and for how long. */
  t.type({ ask: t.literal("forecast"), node: t.string, params: record(json) }),
  /** Kinds that may be added. */
  t.type({ ask: t.literal("kinds") }),
  t.type({ ask: t.literal("export"), what: word("report", "graph", "overlay", "code") }),
])

export const TensorInfo = t.type({ name: t.string, dtype: t.string, shape: list(count), bytes: t.number })

/** What an output looks like. */
export const ValueView = t.union([
  t.type({ _tag: t.literal("curve"), value: Curve, live: t.boolean }),
  t.type({ _tag: t.literal("metric"), value: Metric }),
  t.type({ _tag: t.literal("sample"), value: Samples }),
  t.type({ _tag: t.literal("table"), value: Table }),
  /** Images of one size, one after another, row by row, `channels` bytes a pixel; `shown` of `total`. */
  t.type({
    _tag: t.literal("picture"), title: t.string, captions: list(t.string), width: count, height: count, channels: t.union([t.literal(1), t.literal(3)]),
    shown: count, total: count, pixels: base64,
  }),
  t.type({ _tag: t.literal("tensors"), meta: t.string, tensors: list(TensorInfo) }),
  /** JSON, indented, cut where it is long. */
  t.type({ _tag: t.literal("json"), text: t.string, isCut: t.boolean }),
  /** There is nothing to show, and why. */
  t.type({ _tag: t.literal("none"), reason: t.string }),
])

const LogLine = t.type({ at: t.number, level: word("info", "warning", "error"), text: t.string })

const PastResult = t.type({ run: t.string, at: t.number, state: word("ran", "reused", "failed"), ms: t.number, key: t.string, value: orNull(json), error: orNull(t.string) })

/** One node of a lineage: what made what, from the node asked about upwards. */
const Ancestor = t.type({ node: t.string, kind: t.string, key: orNull(t.string), at: orNull(t.number), ms: orNull(t.number), sources: list(t.string) })

export const NodeDetail = t.type({
  node: NodeView,
  key: orNull(t.string),
  /** From this node to the edits: what differs from its run before, in words. */
  because: list(t.type({ node: t.string, changes: list(t.string) })),
  inputs: list(t.type({ port: t.string, node: t.string, output: t.string, hash: orNull(t.string), bytes: orNull(t.number) })),
  outputs: list(t.type({ port: t.string, hash: orNull(t.string), bytes: orNull(t.number), elements: orNull(count) })),
  /** The newest last. */
  logs: list(LogLine),
  /** The newest first. */
  past: list(PastResult),
  lineage: list(Ancestor),
})

export const TensorDetail = t.type({
  info: TensorInfo,
  /** Of the finite elements; null when there are none. */
  stats: orNull(t.type({ min: t.number, max: t.number, mean: t.number, std: t.number })),
  notFinite: count,
  zeros: count,
  /** Equal bins from min to max. */
  histogram: list(count),
  /** The last two dimensions at `index`, thinned by means to at most 96 by 96: float32, row by row. */
  heat: t.type({ rows: count, columns: count, of: t.tuple([count, count]), values: base64 }),
})

export const MomentView = t.type({
  moment: Moment,
  /** "revision 12: compose.weight 0.5 -> 0.3", "run growing-transformer, yesterday 18:04". */
  label: t.string,
  at: t.number,
})

export const Comparison = t.type({
  a: t.string,
  b: t.string,
  added: list(t.string),
  removed: list(t.string),
  changed: list(t.type({ node: t.string, changes: list(t.string) })),
  /** Metrics of both, a row for each column of each metric; null where one has none. */
  metrics: list(t.type({ node: t.string, title: t.string, column: t.string, unit: t.string, better: word("lower", "higher"), a: orNull(t.number), b: orNull(t.number) })),
  /** Curves of nodes that both have, and whose contents differ. */
  curves: list(t.type({ node: t.string, a: orNull(Curve), b: orNull(Curve) })),
})

export const Answer = t.union([
  t.type({ ask: t.literal("node"), detail: orNull(NodeDetail) }),
  t.type({ ask: t.literal("value"), value: ValueView }),
  /** Null when there is no such tensor, or nothing of it yet. */
  t.type({ ask: t.literal("tensor"), detail: orNull(TensorDetail) }),
  /** `elements`: how many there are, of a stream. */
  t.type({ ask: t.literal("sample"), value: ValueView, element: orNull(count), elements: orNull(count) }),
  t.type({ ask: t.literal("moments"), moments: list(MomentView) }),
  t.type({ ask: t.literal("compare"), comparison: orNull(Comparison), problem: orNull(t.string) }),
  t.type({ ask: t.literal("forecast"), runs: list(t.type({ node: t.string, why: t.string, ms: orNull(t.number) })), ms: orNull(t.number), problems: list(t.string) }),
  t.type({ ask: t.literal("kinds"), kinds: list(KindView) }),
  t.type({ ask: t.literal("export"), name: t.string, mime: t.string, text: t.string }),
])

export type Moment = t.TypeOf<typeof Moment>
export type Question = t.TypeOf<typeof Question>
export type TensorInfo = t.TypeOf<typeof TensorInfo>
export type ValueView = t.TypeOf<typeof ValueView>
export type NodeDetail = t.TypeOf<typeof NodeDetail>
export type TensorDetail = t.TypeOf<typeof TensorDetail>
export type MomentView = t.TypeOf<typeof MomentView>
export type Comparison = t.TypeOf<typeof Comparison>
export type Answer = t.TypeOf<typeof Answer>
