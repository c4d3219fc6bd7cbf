/** The metrics of a sweep: a table for each node that differs between cells, a row a cell. */
import type { SweepCell } from "../../src/graph/sweep.ts"
import type { Metric } from "../../src/schema/views.ts"
import { bestOf, byFirstUse, metricTables, type MetricTable } from "./metric-tables.ts"
import { drawn, type RunReport } from "./run-report.ts"

/** Tables of what differs between cells, then those of the other nodes; without cells, the tables of the run. */
export const sweptTables = (cells: readonly SweepCell[], report: RunReport): readonly MetricTable[] => {
  if (cells.length === 0) return metricTables(report)
  const varying = new Set(varyingPaths(cells).flatMap((path) => cells.flatMap(({ paths }) => paths.get(path) ?? [])))
  return [...sweepTables(cells, report), ...metricTables({ ...report, nodes: report.nodes.filter(({ path }) => !varying.has(path)) })]
}

const sweepTables = (cells: readonly SweepCell[], report: RunReport): readonly MetricTable[] => {
  const metrics = new Map<string, Metric[]>()
  for (const { node, value } of drawn(report, "metric")) metrics.set(node.path, [...(metrics.get(node.path) ?? []), value])
  return varyingPaths(cells).flatMap((path) => {
    const rows = cells.flatMap(({ row, paths }) => (metrics.get(paths.get(path) ?? "") ?? []).map((metric) => ({ label: cellLabel(row), metric })))
    const titles = [...new Set(rows.map(({ metric }) => metric.title))]
    return titles.flatMap((title): readonly MetricTable[] => {
      const group = rows.filter(({ metric }) => metric.title === title)
      const [first] = group
      if (first === undefined) return []
      const { unit, better } = first.metric
      const columns = [...new Set(group.flatMap(({ metric }) => Object.keys(metric.values)))].sort(byFirstUse(group.map(({ metric }) => metric)))
      return [{ title: `${path}: ${title}`, unit, better, columns, rowName: "cell", rows: group.map(({ label, metric }) => ({ node: label, values: metric.values })), best: bestOf(columns, better, group.map(({ metric }) => metric)) }]
    })
  })
}

/** Nodes of the graph file that are not the same in all cells. */
const varyingPaths = (cells: readonly SweepCell[]): readonly string[] =>
  [...new Set(cells.flatMap(({ paths }) => [...paths.keys()]))].filter((path) => new Set(cells.map(({ paths }) => paths.get(path))).size > 1)

/** `lr=0.1 width=64`. */
export const cellLabel = (row: SweepCell["row"]): string =>
  Object.entries(row).map(([param, value]) => `${param}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(" ")

/** Of one cell, the metrics that differ between cells, by the node's path in the graph file. */
export const cellMetrics = (cells: readonly SweepCell[], { paths }: SweepCell, report: RunReport): { readonly [node: string]: Metric["values"] } => {
  const values = new Map(drawn(report, "metric").map(({ node, value }) => [node.path, value.values]))
  return Object.fromEntries(varyingPaths(cells).flatMap((path) => {
    const found = values.get(paths.get(path) ?? "")
    return found === undefined ? [] : [[path, found]]
  }))
}
