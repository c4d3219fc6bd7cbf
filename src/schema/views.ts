/**
 * Port types that reports and pages know how to draw: curves, metrics, samples, pictures, tables, matrices and verdicts. A node kind that
 * has something to show gives it an output of one of these types; whoever draws looks at `view` only, never at the kind.
 * Every number is finite (canonical JSON holds no others).
 */
import * as t from "io-ts"
import { jsonPort, tensorsPort, type PortValue } from "./port.ts"

const finite = new t.Type<number, number, unknown>(
  "a finite number",
  (u): u is number => Number.isFinite(u),
  (u, c) => (Number.isFinite(u) ? t.success(u as number) : t.failure(u, c)),
  t.identity,
)

export const Curve = t.readonly(
  t.type({
    title: t.string,
    /** Labels of the axes, with units: "steps", "loss, nats per token". Curves with equal labels share a chart. */
    x: t.string,
    y: t.string,
    series: t.readonlyArray(
      t.readonly(
        t.intersection([
          t.type({
            /** Told apart in the legend, after the node's path; empty when there is only one. */
            name: t.string,
            /** (x, y), x ascending. */
            points: t.readonlyArray(t.readonly(t.tuple([finite, finite]))),
          }),
          t.partial({
            /** 95 % interval of y, low and high, for each point. */
            band: t.readonlyArray(t.readonly(t.tuple([finite, finite]))),
          }),
        ]),
      ),
    ),
  }),
)

export const Metric = t.readonly(
  t.type({
    /** What is measured: "bits per character". Metrics with equal titles share one table, a row each. */
    title: t.string,
    unit: t.string,
    better: t.union([t.literal("lower"), t.literal("higher")]),
    /** Columns of the node's row: `{ en: 2.1, ru: 2.4, mix: 2.3 }`. */
    values: t.readonly(t.record(t.string, finite)),
  }),
)

export const Samples = t.readonly(
  t.type({
    title: t.string,
    samples: t.readonlyArray(
      t.readonly(
        t.type({
          /** BCP 47 language, or empty when it is not known. */
          locale: t.string,
          prompt: t.string,
          /** What came after the prompt. */
          text: t.string,
        }),
      ),
    ),
  }),
)

export const Picture = t.readonly(
  t.type({
    title: t.string,
    /** One caption for each image. */
    captions: t.readonlyArray(t.string),
  }),
)

export const Table = t.readonly(
  t.type({
    title: t.string,
    columns: t.readonlyArray(t.string),
    /** One cell for each column. */
    rows: t.readonlyArray(t.readonlyArray(t.union([t.string, finite]))),
  }),
)

const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])

/** Figures of methods, each with its 95 % interval: a row a method, a column a language or task. */
export const Matrix = t.readonly(
  t.type({
    title: t.string,
    unit: t.string,
    better: t.union([t.literal("lower"), t.literal("higher")]),
    /** The figure of a guess; null where there is no such thing. Whoever draws the figures draws it with them. */
    chance: orNull(finite),
    /** What the intervals are over: "3 seeds and 212 documents". */
    over: t.string,
    rows: t.readonlyArray(t.string),
    columns: t.readonlyArray(t.string),
    /** Row by row. Of a single repetition the interval says nothing of others: null. */
    cells: t.readonlyArray(t.readonlyArray(t.readonly(t.type({ value: finite, interval: orNull(t.readonly(t.tuple([finite, finite]))) })))),
  }),
)

const Outcome = t.keyof({ PASS: null, FAIL: null, INCONCLUSIVE: null })

/** A figure with its 95 % interval, and where a claim says that it lies. */
const Effect = t.readonly(
  t.type({
    name: t.string,
    unit: t.string,
    /** Mean over repetitions, and its interval. */
    value: finite,
    low: finite,
    high: finite,
    /** By repetition (seed). */
    values: t.readonlyArray(finite),
    /** What the interval is over: "3 seeds and 212 documents". */
    over: t.string,
    /** The claim: strictly above, strictly below; null where it says nothing. */
    above: orNull(finite),
    below: orNull(finite),
    outcome: Outcome,
  }),
)

/** What became of a claim that was written down before the first run. INCONCLUSIVE: the interval crosses its threshold. */
export const Verdict = t.readonly(
  t.type({
    /** Number of the criterion; empty for a single effect, which is no criterion by itself. */
    id: t.string,
    /** The criterion's part of the study: "A. Substrate". */
    part: t.string,
    claim: t.string,
    outcome: Outcome,
    /** All that it was judged by, those of other verdicts included. */
    effects: t.readonlyArray(Effect),
  }),
)

/** Curves over a common x, such as losses over steps. */
export const curvePort = jsonPort("curve", Curve, "curve")
/** A node's headline numbers; `cambium run --json` prints `values` as the node's `value`. */
export const metricPort = jsonPort("metric", Metric, "metric")
/** Generated text. */
export const samplePort = jsonPort("sample", Samples, "sample")
/** Images of one size: `pixels` u8 [n, height, width] (grey, 0 is black) or [n, height, width, 3] (RGB). */
export const picturePort = tensorsPort("picture", Picture, "picture")
/** Any other figures. */
export const tablePort = jsonPort("table", Table, "table")
/** Figures of methods with their intervals. */
export const matrixPort = jsonPort("matrix", Matrix, "matrix")
/** What became of a claim. */
export const verdictPort = jsonPort("verdict", Verdict, "verdict")

export type Curve = PortValue<typeof curvePort>
export type Metric = PortValue<typeof metricPort>
export type Samples = PortValue<typeof samplePort>
export type Picture = PortValue<typeof picturePort>
export type Table = PortValue<typeof tablePort>
export type Matrix = PortValue<typeof matrixPort>
export type Verdict = PortValue<typeof verdictPort>
export type VerdictOutcome = Verdict["outcome"]
