/** Values of outputs as pages draw them: by the view of the port where it has one, else as tensors or JSON. */
import { brief } from "../../base/brief.ts"
import { must } from "../../base/assert.ts"
import { bytesOf, type Tensors } from "../../base/ndarray.ts"
import type { TensorsValue, View } from "../../schema/port.ts"
import type { Curve, Matrix, Metric, Picture, Samples, Table, Verdict } from "../../schema/views.ts"
import { matrixTable, verdictTable } from "../../schema/plain-table.ts"
import { thinCurve } from "../thin.ts"
import type { TensorInfo, ValueView } from "../protocol/question.ts"

const mostPoints = 2_000
const mostImages = 64
const mostPixels = 2 ** 20
const mostText = 20_000
const mostRows = 500

export const curveView = (curve: Curve, live: boolean): ValueView => ({
  _tag: "curve",
  value: { ...curve, series: curve.series.map(({ name, points }) => ({ name, points: thinCurve(points, mostPoints) })) },
  live,
})

export const viewOf = (view: View, value: unknown): ValueView => {
  switch (view) {
    case "curve":
      return curveView(value as Curve, false)
    case "metric":
      return { _tag: "metric", value: value as Metric }
    case "sample":
      return { _tag: "sample", value: value as Samples }
    case "table":
      return { _tag: "table", value: { ...(value as Table), rows: (value as Table).rows.slice(0, mostRows) } }
    case "matrix":
      return { _tag: "table", value: matrixTable(value as Matrix) }
    case "verdict":
      return { _tag: "table", value: verdictTable(value as Verdict) }
    case "picture":
      return pictureView(value as TensorsValue<Picture["meta"]>)
    case "data":
      return isTensors(value) ? { _tag: "tensors", meta: textOf(value.meta).text, tensors: Object.entries(value.tensors).map(([name, array]) => infoOf(name, array)) } : { _tag: "json", ...textOf(value) }
  }
}

export const isTensors = (value: unknown): value is TensorsValue<unknown> => typeof value === "object" && value !== null && "tensors" in value && "meta" in value

export const infoOf = (name: string, { dtype, shape, data }: Tensors[string]): TensorInfo => ({ name, dtype, shape, bytes: data.byteLength })

const pictureView = ({ meta, tensors }: TensorsValue<Picture["meta"]>): ValueView => {
  const pixels = must(tensors["pixels"], "pixels")
  const [total = 0, height = 0, width = 0] = pixels.shape
  const channels = pixels.shape.length === 4 ? 3 : 1
  const each = width * height * channels
  const shown = Math.min(total, mostImages, Math.max(1, Math.floor(mostPixels / Math.max(1, each))))
  return {
    _tag: "picture", title: meta.title, captions: meta.captions.slice(0, shown), width, height, channels, shown, total,
    pixels: Buffer.from(bytesOf(pixels).subarray(0, shown * each)).toString("base64"),
  }
}

const textOf = (value: unknown): { readonly text: string; readonly isCut: boolean } => {
  // Long lists are cut before they are written out.
  const text = JSON.stringify(value, (_, part: unknown) => (Array.isArray(part) && part.length > 200 ? [...part.slice(0, 200), `… ${part.length - 200} more`] : part), 2) ?? String(value)
  return text.length > mostText ? { text: brief(text, mostText), isCut: true } : { text, isCut: false }
}
