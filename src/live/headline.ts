/** What a node's card shows of its result: of all its outputs the one that says most, made small. SPEC L3. */
import { brief } from "../base/brief.ts"
import { must } from "../base/assert.ts"
import type { Node } from "../graph/graph.ts"
import type { TensorsValue } from "../schema/port.ts"
import { isStream } from "../schema/stream.ts"
import type { Curve, Matrix, Metric, Picture, Samples, Table, Verdict } from "../schema/views.ts"
import { thinCurve, thinImage } from "./thin.ts"
import type { Headline } from "./protocol/status.ts"

const order = ["verdict", "matrix", "metric", "curve", "picture", "sample", "table"] as const
const mostPoints = 64
const mostPixels = 64
const mostText = 160

/** The output that the headline is of; undefined when none of them can be drawn. */
export const headlinePort = ({ kind }: Node): string | undefined => {
  const drawable = Object.entries(kind.outputs).filter(([, type]) => !isStream(type))
  for (const view of order) {
    const found = drawable.find(([, type]) => type.view === view)
    if (found !== undefined) return found[0]
  }
  return undefined
}

export const curveHeadline = ({ title, x, y, series }: Curve, live: boolean): Headline => ({ _tag: "curve", title, x, y, points: thinCurve(series[0]?.points ?? [], mostPoints), live })

/** Of the decoded value of an output with the view. */
export const headlineOf = (view: string, value: unknown): Headline | undefined => {
  switch (view) {
    case "metric": {
      const { title, unit, better, values } = value as Metric
      return { _tag: "metric", title, unit, better, values }
    }
    case "curve":
      return curveHeadline(value as Curve, false)
    case "picture": {
      const { meta, tensors } = value as TensorsValue<Picture["meta"]>
      const { shape, data } = must(tensors["pixels"], "pixels")
      const [n = 0, height = 0, width = 0] = shape
      const channels = shape.length === 4 ? 3 : 1
      if (n === 0 || width * height === 0) return { _tag: "text", title: meta.title, text: "no pictures" }
      const first = thinImage((data as Uint8Array).subarray(0, width * height * channels), width, height, channels, mostPixels)
      return { _tag: "picture", title: meta.title, width: first.width, height: first.height, channels, pixels: Buffer.from(first.pixels).toString("base64") }
    }
    case "sample": {
      const { title, samples } = value as Samples
      const [first] = samples
      return { _tag: "text", title, text: first === undefined ? "no samples" : brief(`${first.prompt}${first.text}`, mostText) }
    }
    case "table": {
      const { title, columns, rows } = value as Table
      const last = rows.at(-1)
      const summary = rows.length === 1 && last !== undefined ? columns.map((column, i) => `${column} ${last[i]}`).join(", ") : `${rows.length} rows: ${columns.join(", ")}`
      return { _tag: "text", title, text: brief(summary, mostText) }
    }
    case "matrix": {
      const { title, rows, columns } = value as Matrix
      return { _tag: "text", title, text: brief(`${rows.length} x ${columns.length}: ${rows.join(", ")}`, mostText) }
    }
    case "verdict": {
      const { id, outcome, claim } = value as Verdict
      return { _tag: "text", title: claim, text: brief(`${[id, outcome].join(" ").trim()}: ${claim}`, mostText) }
    }
    default:
      return undefined
  }
}
