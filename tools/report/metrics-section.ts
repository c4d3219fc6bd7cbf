/** All metrics of a run: one table a title, a row a node, the best figure of each column marked. */
import { grouped } from "./grouped.ts"
import { html, type Html } from "./html.ts"
import type { MetricTable } from "./metric-tables.ts"
import type { RunReport } from "./run-report.ts"
import { sweptTables } from "./sweep-tables.ts"

/** Four significant digits, without an exponent where people do not expect one. */
export const figure = (value: number): string => {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return grouped(value)
  const size = Math.abs(value)
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3)
}

export const metricsSection = (report: RunReport): Html | undefined => {
  const tables = sweptTables(report.cells ?? [], report)
  return tables.length === 0 ? undefined : html`<section id="metrics"><h2>Results</h2>${tables.map(tableHtml)}</section>`
}

const tableHtml = ({ title, unit, better, columns, rowName = "node", rows, best }: MetricTable): Html => html`
<figure class="wide"><figcaption>${title}<span class="note">${unit === "" ? "" : `${unit}, `}${better} is better${rows.length > 1 ? "; the best of each column is marked" : ""}</span></figcaption>
<div class="scroll"><table class="figures"><thead><tr><th scope="col">${rowName}</th>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(({ node, values }) => html`<tr><th scope="row">${node}</th>${columns.map((column) => cell(values[column], best[column]))}</tr>`)}</tbody></table></div></figure>`

const cell = (value: number | undefined, best: number | undefined): Html => {
  if (value === undefined) return html`<td></td>`
  return value === best ? html`<td class="best"><b>${figure(value)}</b></td>` : html`<td>${figure(value)}</td>`
}
