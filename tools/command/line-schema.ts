/**
 * The lines that `--json` prints, as codecs: what scripts may rely on. One JSON object a line; members are only ever added.
 * `run` prints node lines as nodes end, then cell lines of a sweep, what a study came to, what it dropped, and its summary; `run --plan` plan lines and their
 * summary; `why`, `diff` and `log` theirs. Keys and hashes are 64 hex digits, times whole milliseconds, dates milliseconds
 * since the epoch.
 */
import * as t from "io-ts"
import { isHash, type Hash } from "../../src/base/hash.ts"
import { Curve, Matrix, Verdict } from "../../src/schema/views.ts"

const hash = new t.Type<Hash, Hash, unknown>("hash", isHash, (u, c) => (isHash(u) ? t.success(u) : t.failure(u, c)), t.identity)
const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])
const list = t.readonlyArray
const hashes = t.readonly(t.record(t.string, hash))

/** How a node ended. */
export const NodeLine = t.intersection([
  t.type({
    type: t.literal("node"),
    node: t.string,
    /** Besides these: how a control kept the node from running. */
    state: t.string,
    why: t.string,
    ms: t.number,
    /** Null where the node came to have none. */
    key: orNull(hash),
    /** Content hashes by port. */
    output: hashes,
  }),
  t.partial({
    /** Of a metric, by column; by title and column when the node has several. */
    value: t.unknown,
    error: t.string,
    /** That the error is about. */
    param: t.string,
    /** The step of the checkpoint it went on from. */
    resumedFrom: t.number,
  }),
])

/** A node that ran again gave another result for the same key; the first stays. */
export const NondeterminismLine = t.type({ type: t.literal("nondeterminism"), node: t.string, key: hash })

/** One cell of a sweep: the values it stands for, and the metrics of its nodes that differ between cells. */
export const CellLine = t.type({
  type: t.literal("cell"),
  cell: t.readonly(t.record(t.string, t.unknown)),
  /** By the node's path in the graph file, then by column. */
  metrics: t.readonly(t.record(t.string, t.readonly(t.record(t.string, t.number)))),
})

/** What a run dropped to keep its store within a quota; before the last line. */
export const CollectedLine = t.readonly(
  t.type({
    type: t.literal("collected"),
    quota: t.number,
    /** Of the store now, and how much of that is over the quota because it is in use. */
    bytes: t.number,
    over: t.number,
    freed: t.number,
    /** To make again what went. */
    ms: t.number,
    kinds: list(t.readonly(t.type({ kind: t.string, blobs: t.number, bytes: t.number, ms: t.number }))),
  }),
)

/** What a study came to: of a graph with criteria, before the last line. All that `cambium results` writes is made of it. */
export const StudyLine = t.readonly(
  t.type({
    type: t.literal("study"),
    graph: t.string,
    /** Command, commit, machine class, device, seed, versions, dates, for people. */
    facts: list(t.readonly(t.tuple([t.string, t.string]))),
    /** All nodes of the graph, and the time it took to make their results, in whichever runs that was. */
    nodes: t.number,
    ms: t.number,
    /** Tokens trained on and time taken by all that a verdict rests on, each result once. */
    verdicts: list(t.readonly(t.type({ node: t.string, value: Verdict, tokens: t.number, ms: t.number }))),
    matrices: list(t.readonly(t.type({ node: t.string, value: Matrix }))),
    /** Those with intervals. */
    curves: list(t.readonly(t.type({ node: t.string, value: Curve }))),
  }),
)

/** The last line of a run. */
export const SummaryLine = t.type({
  type: t.literal("summary"),
  ran: t.number,
  reused: t.number,
  failed: t.number,
  seconds: t.number,
  device: t.string,
  /** Path of the report; null when none could be written. */
  report: orNull(t.string),
})

/** What would become of a node. */
export const PlanLine = t.type({
  type: t.literal("plan"),
  node: t.string,
  /** `unknown`: runs unless what runs before it comes out as it was; `rests`: a control keeps it from running, or nothing needs it. */
  state: t.keyof({ runs: null, unknown: null, reused: null, rests: null, fails: null }),
  why: t.string,
  /** Null while it depends on what would run before. */
  key: orNull(hash),
  /** By past runs; null when there are none. */
  ms: orNull(t.number),
  /** Sources that would run before. */
  first: list(t.string),
})

export const PlanSummaryLine = t.type({
  type: t.literal("plan-summary"),
  runs: t.number,
  unknown: t.number,
  reused: t.number,
  rests: t.number,
  fails: t.number,
  jobs: t.number,
  /** All work in sum, its longest chain, and both on `jobs` cores, if everything runs that may. */
  workMs: t.number,
  chainMs: t.number,
  wallMs: t.number,
  /** On `jobs` cores, if all is saved that may be. */
  leastMs: t.number,
  /** Nodes of which nothing is known how long they take. */
  untimed: t.number,
})

/** Why a node ran or would run. */
export const WhyLine = t.intersection([
  t.type({
    type: t.literal("why"),
    node: t.string,
    state: t.keyof({ runs: null, unknown: null, reused: null, rests: null, fails: null }),
    why: t.string,
    key: orNull(hash),
    /** The node's own differences first, then those of the nodes its changed inputs come from. `kind`: Param, Code, Input, … */
    because: list(t.type({ node: t.string, changes: list(t.type({ kind: t.string, text: t.string })) })),
  }),
  t.partial({ ranAt: t.number, ms: t.number }),
])

/** One difference between two graphs. */
export const DiffLine = t.intersection([
  t.type({ type: t.literal("diff"), node: t.string, state: t.keyof({ added: null, removed: null, changed: null }) }),
  t.partial({ changes: list(t.string), kind: t.string }),
])

/** What the second graph would run because of the differences. */
export const DiffSummaryLine = t.type({
  type: t.literal("diff-summary"),
  added: t.number,
  removed: t.number,
  changed: t.number,
  /** Null when the second is a past run. */
  runs: orNull(list(t.string)),
  unknown: orNull(list(t.string)),
  wallMs: orNull(t.number),
})

/** A past run. */
export const RunLine = t.intersection([
  t.type({
    type: t.literal("run"),
    id: t.string,
    name: t.string,
    graph: t.string,
    args: list(t.string),
    at: t.number,
    state: t.keyof({ running: null, done: null, failed: null, stopped: null, killed: null }),
    seed: t.string,
    device: t.string,
    jobs: t.number,
  }),
  t.partial({ exit: t.number, ms: t.number, counts: t.readonly(t.record(t.string, t.number)), metrics: t.readonly(t.record(t.string, t.unknown)) }),
])

/** A result that a node came to have. */
export const ResultLine = t.intersection([
  t.type({
    type: t.literal("result"),
    node: t.string,
    run: t.string,
    at: t.number,
    state: t.keyof({ ran: null, reused: null, failed: null }),
    key: hash,
    ms: t.number,
    output: hashes,
    /** Null when the trace of the key is gone. */
    params: orNull(t.readonly(t.record(t.string, t.unknown))),
  }),
  /** `gone`: bytes of it are no longer in the store, so it is known by its hash only. */
  t.partial({ value: t.unknown, error: t.string, gone: t.literal(true) }),
])

/** A node that the newest result of another was made from; data sets come first. */
export const LineageLine = t.intersection([
  t.type({ type: t.literal("lineage"), node: t.string, kind: t.string, params: t.readonly(t.record(t.string, t.unknown)), key: hash, output: hashes }),
  t.partial({ at: t.number, ms: t.number, run: t.string, gone: t.literal(true) }),
])

export const Line = t.union([NodeLine, NondeterminismLine, CellLine, CollectedLine, StudyLine, SummaryLine, PlanLine, PlanSummaryLine, WhyLine, DiffLine, DiffSummaryLine, RunLine, ResultLine, LineageLine])

export type NondeterminismLine = t.TypeOf<typeof NondeterminismLine>
export type CellLine = t.TypeOf<typeof CellLine>
export type StudyLine = t.TypeOf<typeof StudyLine>
export type CollectedLine = t.TypeOf<typeof CollectedLine>
export type PlanLine = t.TypeOf<typeof PlanLine>
export type PlanSummaryLine = t.TypeOf<typeof PlanSummaryLine>
export type WhyLine = t.TypeOf<typeof WhyLine>
export type DiffLine = t.TypeOf<typeof DiffLine>
export type DiffSummaryLine = t.TypeOf<typeof DiffSummaryLine>
export type RunLine = t.TypeOf<typeof RunLine>
export type ResultLine = t.TypeOf<typeof ResultLine>
export type LineageLine = t.TypeOf<typeof LineageLine>
