/** Methods compared: each matrix as a heat map. */
import { heatMap } from "./heat-map.ts"
import { html, type Html } from "./html.ts"
import { drawn, type RunReport } from "./run-report.ts"

export const matricesSection = (report: RunReport): Html | undefined => {
  const figures = drawn(report, "matrix").map(
    ({ value }) => html`
<figure class="wide"><figcaption>${value.title}<span class="note">${value.unit}, ${value.better} is better; 95 % intervals over ${value.over}</span></figcaption><div class="scroll">${heatMap(value)}</div></figure>`,
  )
  return figures.length === 0 ? undefined : html`<section id="matrices"><h2>Methods</h2>${figures}</section>`
}
