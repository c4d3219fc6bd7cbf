/** The whole report as one HTML page that asks nothing of the network. */
import { readFileSync } from "node:fs"
import { curvesSection } from "./curves-section.ts"
import { drawUnlessIn } from "./drawn-charts.ts"
import { graphSection } from "./graph-section.ts"
import { grouped } from "./grouped.ts"
import { html, raw, type Html } from "./html.ts"
import { matricesSection } from "./matrices-section.ts"
import { metricsSection } from "./metrics-section.ts"
import { picturesSection } from "./pictures-section.ts"
import type { RunReport } from "./run-report.ts"
import { samplesSection } from "./samples-section.ts"
import { tablesSection } from "./tables-section.ts"
import { verdictsSection } from "./verdicts-section.ts"

/** A study has hundreds of nodes: what it came to stands open, what single nodes made is folded. */
const shownOfStudies: readonly string[] = ["problems", "verdicts", "matrices", "curves", "run"]

/** `stamp` says what the page is made of, and stands near its start. `before`: the page that this one replaces. */
export const reportPage = async (report: RunReport, stamp: string, before = ""): Promise<string> => {
  const sections: readonly (readonly [id: string, name: string, section: Html | undefined])[] = [
    ["problems", "Problems", problemsSection(report)],
    ["verdicts", "Verdicts", verdictsSection(report)],
    ["matrices", "Methods", matricesSection(report)],
    ["metrics", "Results", metricsSection(report)],
    ["curves", "Curves", await curvesSection(report, drawUnlessIn(before))],
    ["samples", "Samples", samplesSection(report)],
    ["pictures", "Pictures", picturesSection(report)],
    ["tables", "Tables", tablesSection(report)],
    ["graph", "Graph", graphSection(report)],
    ["run", "Run", runSection(report)],
  ]
  const isStudy = sections.some(([id, , section]) => id === "verdicts" && section !== undefined)
  const present = sections.filter(([, , section]) => section !== undefined)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="cambium-stamp" content="${stamp}"><title>${report.graph.name}</title>
<style>${raw(readFileSync(new URL("page.css", import.meta.url), "utf8"))}</style></head>
<body><header><h1>${report.graph.name}</h1><p class="subtitle">${subtitle(report)}</p>
<nav>${present.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav></header>
<main>${present.map(([id, name, section]) => (isStudy && !shownOfStudies.includes(id) ? html`<details><summary>${name}</summary>${section}</details>` : section))}</main></body></html>
`.html
}

const subtitle = ({ graph, nodes, cells = [] }: RunReport): Html => {
  const counts = [`${grouped(nodes.length)} ${nodes.length === 1 ? "node" : "nodes"}`, ...(cells.length > 0 ? [`${cells.length} cells of a sweep`] : [])]
  const params = Object.entries(graph.params).filter(([, value]) => !(Array.isArray(value) && value.length === 0))
  return html`${counts.map((count) => html`<span>${count}</span>`)}${params.map(([name, value]) => html`<span>${name} <b>${Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : JSON.stringify(value)}</b></span>`)}`
}

const problemsSection = ({ nodes }: RunReport): Html | undefined => {
  const failed = nodes.filter(({ state }) => state === "failed")
  return failed.length === 0 ? undefined : html`<section id="problems" class="problems"><h2>Problems</h2>${failed.map(({ path, why }) => html`<p><b>${path}</b> failed: ${why}</p>`)}</section>`
}

const runSection = ({ facts }: RunReport): Html => html`
<section id="run"><h2>Run</h2><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`
