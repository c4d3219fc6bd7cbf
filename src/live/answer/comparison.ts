/** Two graphs side by side, with what they came to: nodes, params, metrics and curves that differ. SPEC L6. */
import * as E from "fp-ts/lib/Either.js"
import { compareGraphs, describeChange, type PlainNode } from "../../graph/compare.ts"
import type { Signature } from "../../graph/signature.ts"
import { isStream } from "../../schema/stream.ts"
import type { Curve, Metric } from "../../schema/views.ts"
import type { StoredOutput } from "../../store/segments.ts"
import type { OutputValues } from "../output-values.ts"
import { thinCurve } from "../thin.ts"
import type { Comparison } from "../protocol/question.ts"

export interface Side {
  readonly label: string
  readonly nodes: readonly PlainNode[]
  readonly kindOf: (path: string) => Signature | undefined
  /** Empty where a node has no results. */
  readonly outputsOf: (path: string) => { readonly [port: string]: StoredOutput }
}

const mostCurves = 40
const mostPoints = 500

export const compareSides = async (a: Side, b: Side, values: OutputValues): Promise<Comparison> => {
  const { added, removed, changed } = compareGraphs(a.nodes, b.nodes)
  const paths = [...new Set([...a.nodes, ...b.nodes].map(({ path }) => path))]
  const metrics = await Promise.all(paths.map(async (node) => rowsOf(node, await valuesOf<Metric>(a, node, "metric", values), await valuesOf<Metric>(b, node, "metric", values))))
  const different = paths.filter((path) => contents(a, path, "curve") !== contents(b, path, "curve")).slice(0, mostCurves)
  const curves = await Promise.all(different.map(async (node) => ({ node, a: thinned((await valuesOf<Curve>(a, node, "curve", values))[0]), b: thinned((await valuesOf<Curve>(b, node, "curve", values))[0]) })))
  return {
    a: a.label,
    b: b.label,
    added: added.map(({ path }) => path),
    removed: removed.map(({ path }) => path),
    changed: changed.map(({ path, changes }) => ({ node: path, changes: changes.map(describeChange) })),
    metrics: metrics.flat(),
    curves,
  }
}

const outputsWith = (side: Side, path: string, view: "metric" | "curve") =>
  Object.entries(side.kindOf(path)?.outputs ?? {}).flatMap(([port, type]) => {
    const output = side.outputsOf(path)[port]
    return output === undefined || isStream(type) || type.view !== view ? [] : [{ type, output }]
  })

const contents = (side: Side, path: string, view: "curve"): string => outputsWith(side, path, view).map(({ output }) => output.hash).join(" ")

const valuesOf = async <V>(side: Side, path: string, view: "metric" | "curve", values: OutputValues): Promise<readonly V[]> => {
  const read = await Promise.all(outputsWith(side, path, view).map(({ type, output }) => values.read(type, output)))
  return read.flatMap((one) => (E.isRight(one) ? [one.right as V] : []))
}

const rowsOf = (node: string, a: readonly Metric[], b: readonly Metric[]): Comparison["metrics"] => {
  const titles = [...new Set([...a, ...b].map(({ title }) => title))]
  return titles.flatMap((title) => {
    const [left, right] = [a.find((one) => one.title === title), b.find((one) => one.title === title)]
    const about = right ?? left
    if (about === undefined) return []
    const columns = [...new Set([...Object.keys(left?.values ?? {}), ...Object.keys(right?.values ?? {})])]
    return columns.map((column) => ({ node, title, column, unit: about.unit, better: about.better, a: left?.values[column] ?? null, b: right?.values[column] ?? null }))
  })
}

const thinned = (curve: Curve | undefined): Curve | null =>
  curve === undefined ? null : { ...curve, series: curve.series.map(({ name, points }) => ({ name, points: thinCurve(points, mostPoints) })) }
