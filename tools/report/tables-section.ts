/** Other figures of a run, as the nodes made them. */
import { figure } from "./metrics-section.ts"
import { html, type Html } from "./html.ts"
import { drawn, type RunReport } from "./run-report.ts"

export const tablesSection = (report: RunReport): Html | undefined => {
  const figures = drawn(report, "table").map(
    ({ node, value: { title, columns, rows } }) => html`
<figure class="wide"><figcaption>${title}<span class="note">${node.path}</span></figcaption><div class="scroll"><table><thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => (typeof cell === "number" ? html`<td class="number">${figure(cell)}</td>` : html`<td>${cell}</td>`))}</tr>`)}</tbody></table></div></figure>`,
  )
  return figures.length === 0 ? undefined : html`<section id="tables"><h2>Tables</h2>${figures}</section>`
}
