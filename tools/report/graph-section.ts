/** The graph itself: a picture with the state of every node, and the list of what ran and why. */
import { boxHeight, layoutGraph, type Box } from "./graph-layout.ts"
import { html, type Html } from "./html.ts"
import type { NodeReport, RunReport } from "./run-report.ts"
import { duration } from "../command/duration.ts"

export const graphSection = (report: RunReport): Html => html`
<section id="graph"><h2>Graph</h2>
<div class="scroll graph">${picture(report)}</div>
<div class="scroll"><table class="nodes"><thead><tr><th scope="col">node</th><th scope="col">kind</th><th scope="col">state</th><th scope="col">time</th><th scope="col">why</th><th scope="col">key</th></tr></thead>
<tbody>${report.nodes.map(row)}</tbody></table></div></section>`

const row = ({ path, id, state, ms, why, key }: NodeReport): Html => html`
<tr><th scope="row">${path}</th><td>${id}</td><td><span class="state ${state}">${state}</span></td><td class="number">${state === "ran" || state === "failed" ? duration(ms) : ""}</td><td>${why}</td><td><code>${key?.slice(0, 10) ?? ""}</code></td></tr>`

const picture = (report: RunReport): Html => {
  const { boxes, edges, width, height } = layoutGraph(report.graph)
  const byPath = new Map(boxes.map((box) => [box.path, box]))
  const reports = new Map(report.nodes.map((node) => [node.path, node]))
  const families = [...new Set(report.nodes.map(({ id }) => familyOf(id)))]
  const colour = (box: Box): number => (families.indexOf(familyOf(reports.get(box.path)?.id ?? "")) % 8) + 1
  return html`
<svg class="flow" role="img" aria-label="The graph, from left to right" width="${width + 4}" height="${height + 4}" viewBox="-2 -2 ${width + 4} ${height + 4}">
${edges.map(([from, to]) => edge(byPath.get(from), byPath.get(to)))}
${boxes.map((box) => {
  const node = reports.get(box.path)
  return html`<g class="box ${node?.state ?? ""}" style="--family: var(--series-${colour(box)})"><title>${box.path}: ${node?.id ?? ""}, ${node?.state ?? ""}</title>
<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${boxHeight}" rx="6"/><text x="${box.x + 11}" y="${box.y + 17}">${box.path}</text></g>`
})}
</svg><p class="legend">${families.map((family, i) => html`<span style="--family: var(--series-${(i % 8) + 1})">${family}</span>`)}</p>`
}

const familyOf = (id: string): string => id.split("/")[0] ?? id

const edge = (from: Box | undefined, to: Box | undefined): Html | undefined => {
  if (from === undefined || to === undefined) return undefined
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + boxHeight / 2, to.x, to.y + boxHeight / 2]
  const bend = Math.max(18, (x2 - x1) / 2)
  return html`<path d="M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}"/>`
}
