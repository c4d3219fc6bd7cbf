/**
 * Port types that reports and pages know how to draw: curves, metrics, samples, pictures and tables. A node kind that
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
        t.type({
          /** Told apart in the legend, after the node's path; empty when there is only one. */
          name: t.string,
          /** (x, y), x ascending. */
          points: t.readonlyArray(t.readonly(t.tuple([finite, finite]))),
        }),
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

export type Curve = PortValue<typeof curvePort>
export type Metric = PortValue<typeof metricPort>
export type Samples = PortValue<typeof samplePort>
export type Picture = PortValue<typeof picturePort>
export type Table = PortValue<typeof tablePort>
