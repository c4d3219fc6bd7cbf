/** The metrics of a run as tables: one a title, a row a node. */
import type { Metric } from "../../src/schema/views.ts"
import { drawn, type RunReport } from "./run-report.ts"

export interface MetricTable {
  readonly title: string
  readonly unit: string
  readonly better: Metric["better"]
  readonly columns: readonly string[]
  /** What a row stands for; a node if absent. */
  readonly rowName?: string
  readonly rows: readonly { readonly node: string; readonly values: Metric["values"] }[]
  /** Best value by column; absent when there is only one row to choose from. */
  readonly best: { readonly [column: string]: number }
}

/** Metrics of equal title, unit and direction share a table; columns in the order in which they first come. */
export const metricTables = (report: RunReport): readonly MetricTable[] => {
  const groups = new Map<string, { readonly node: string; readonly metric: Metric }[]>()
  for (const { node, value } of drawn(report, "metric")) {
    const name = JSON.stringify([value.title, value.unit, value.better])
    groups.set(name, [...(groups.get(name) ?? []), { node: node.path, metric: value }])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { title, unit, better } = first.metric
    const columns = [...new Set(group.flatMap(({ metric }) => Object.keys(metric.values)))].sort(byFirstUse(group.map(({ metric }) => metric)))
    const best = bestOf(columns, better, group.map(({ metric }) => metric))
    return [{ title, unit, better, columns, rows: group.map(({ node, metric }) => ({ node, values: metric.values })), best }]
  })
}

/** By column, where there is more than one value. */
export const bestOf = (columns: readonly string[], better: Metric["better"], metrics: readonly Metric[]): MetricTable["best"] =>
  Object.fromEntries(
    columns.flatMap((column) => {
      const values = metrics.flatMap((metric) => metric.values[column] ?? [])
      return values.length > 1 ? [[column, better === "lower" ? Math.min(...values) : Math.max(...values)]] : []
    }),
  )

/** Stored JSON has sorted keys, so the order of columns carries no meaning, except that an average reads best at the end. */
export const byFirstUse = (metrics: readonly Metric[]) => (a: string, b: string): number => {
  const last = (column: string): number => (/^(mix|mean|all|average|total)$/.test(column) ? 1 : 0)
  const order = metrics.flatMap((metric) => Object.keys(metric.values))
  return last(a) - last(b) || order.indexOf(a) - order.indexOf(b)
}
