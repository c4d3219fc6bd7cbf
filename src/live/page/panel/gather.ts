/** Headlines of all nodes put together: metrics of one title into a table, curves of the same axes into a chart. */
import type { NodeView } from "../../protocol/graph-view.ts"
import type { Headline, NodeStatus } from "../../protocol/status.ts"
import type { ChartSeries } from "../draw/series.ts"
import { prefixesOf } from "../graph/groups.ts"

type Statuses = { readonly [path: string]: NodeStatus }

export interface MetricRow {
  readonly path: string
  readonly name: string
  readonly values: { readonly [column: string]: number }
  readonly status: NodeStatus
}

export interface MetricTable {
  readonly title: string
  readonly unit: string
  readonly better: "lower" | "higher"
  readonly columns: readonly string[]
  readonly rows: readonly MetricRow[]
  /** The best of each column that more than one row has. */
  readonly best: { readonly [column: string]: number | undefined }
}

export const tablesOf = (order: readonly string[], statuses: Statuses): readonly MetricTable[] => {
  const found = new Map<string, Pick<MetricTable, "title" | "unit" | "better"> & { readonly rows: MetricRow[] }>()
  for (const path of order) {
    const status = statuses[path]
    const headline = status?.headline
    if (status === undefined || headline?._tag !== "metric") continue
    const table = found.get(headline.title) ?? { title: headline.title, unit: headline.unit, better: headline.better, rows: [] }
    table.rows.push({ path, name: path, values: headline.values, status })
    found.set(headline.title, table)
  }
  return [...found.values()].map((table) => {
    const columns = [...new Set(table.rows.flatMap(({ values }) => Object.keys(values)))]
    const best = Object.fromEntries(columns.map((column) => [column, bestOf(table.rows.flatMap(({ values }) => values[column] ?? []), table.better)]))
    return { ...table, columns, best, rows: withShortNames(table.rows) }
  })
}

const bestOf = (values: readonly number[], better: "lower" | "higher"): number | undefined =>
  values.length < 2 ? undefined : values.reduce((a, b) => (better === "lower" ? Math.min(a, b) : Math.max(a, b)))

/** Without the first group when all rows share it: `bits/ru`, `bits/zh` are `ru`, `zh`. */
const withShortNames = (rows: readonly MetricRow[]): readonly MetricRow[] => {
  const group = prefixesOf(rows[0]?.path ?? "")[0]
  const isShared = group !== undefined && rows.length > 1 && rows.every(({ path }) => path.startsWith(`${group}/`))
  return isShared ? rows.map((row) => ({ ...row, name: row.path.slice(group.length + 1) })) : rows
}

export interface SharedChart {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly series: readonly ChartSeries[]
}

type CurveHeadline = Headline & { readonly _tag: "curve" }

export const curveIn = (status: NodeStatus | undefined): CurveHeadline | undefined => (status?.headline?._tag === "curve" ? status.headline : undefined)

/** `curves` are those of the nodes in `order`. A colour for each node in the order they run, so that a node keeps its colour while others come. */
export const chartsOf = (order: readonly string[], curves: readonly (CurveHeadline | undefined)[]): readonly SharedChart[] => {
  const found = new Map<string, Omit<SharedChart, "series"> & { readonly series: ChartSeries[] }>()
  for (const [i, path] of order.entries()) {
    const headline = curves[i]
    if (headline === undefined || headline.points.length === 0) continue
    const key = `${headline.x}\n${headline.y}`
    const chart = found.get(key) ?? { title: headline.title, x: headline.x, y: headline.y, series: [] }
    chart.series.push({ name: path, points: headline.points, colour: (chart.series.length % 8) + 1 })
    found.set(key, chart)
  }
  return [...found.values()]
}

export interface GeneratedText {
  readonly path: string
  readonly text: string
  readonly status: NodeStatus
}

/** Generated texts; tables have a text for a headline too, and are left out. */
export const textsOf = (order: readonly string[], nodes: { readonly [path: string]: NodeView }, statuses: Statuses): readonly GeneratedText[] =>
  order.flatMap((path) => {
    const status = statuses[path]
    return status?.headline?._tag === "text" && nodes[path]?.outputs.some(({ view }) => view === "sample") === true ? [{ path, text: status.headline.text, status }] : []
  })
