/** All metrics of a run: one table a title, a row a node, the best figure of each column marked. */
import { html, type Html } from "./html.ts"
import { drawn, type RunReport } from "./run-report.ts"
import type { Metric } from "../../src/schema/views.ts"

export interface MetricTable {
  readonly title: string
  readonly unit: string
  readonly better: Metric["better"]
  readonly columns: readonly string[]
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
    const best = Object.fromEntries(
      columns.flatMap((column) => {
        const values = group.flatMap(({ metric }) => metric.values[column] ?? [])
        return values.length > 1 ? [[column, better === "lower" ? Math.min(...values) : Math.max(...values)]] : []
      }),
    )
    return [{ title, unit, better, columns, rows: group.map(({ node, metric }) => ({ node, values: metric.values })), best }]
  })
}

/** Stored JSON has sorted keys, so the order of columns carries no meaning, except that an average reads best at the end. */
const byFirstUse = (metrics: readonly Metric[]) => (a: string, b: string): number => {
  const last = (column: string): number => (/^(mix|mean|all|average|total)$/.test(column) ? 1 : 0)
  const order = metrics.flatMap((metric) => Object.keys(metric.values))
  return last(a) - last(b) || order.indexOf(a) - order.indexOf(b)
}

/** Four significant digits, without an exponent where people do not expect one. */
export const figure = (value: number): string => {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return value.toLocaleString("en-GB")
  const size = Math.abs(value)
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3)
}

export const metricsSection = (report: RunReport): Html | undefined => {
  const tables = metricTables(report)
  return tables.length === 0 ? undefined : html`<section id="metrics"><h2>Results</h2>${tables.map(tableHtml)}</section>`
}

const tableHtml = ({ title, unit, better, columns, rows, best }: MetricTable): Html => html`
<figure class="wide"><figcaption>${title}<span class="note">${unit === "" ? "" : `${unit}, `}${better} is better${rows.length > 1 ? "; the best of each column is marked" : ""}</span></figcaption>
<div class="scroll"><table class="figures"><thead><tr><th scope="col">node</th>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(({ node, values }) => html`<tr><th scope="row">${node}</th>${columns.map((column) => cell(values[column], best[column]))}</tr>`)}</tbody></table></div></figure>`

const cell = (value: number | undefined, best: number | undefined): Html => {
  if (value === undefined) return html`<td></td>`
  return value === best ? html`<td class="best"><b>${figure(value)}</b></td>` : html`<td>${figure(value)}</td>`
}
