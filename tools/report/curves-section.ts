/** Curves of a run: nodes of one family (the first part of the path) over the same axes share a chart. */
import type { Draw } from "./drawn-charts.ts"
import { html, raw, type Html } from "./html.ts"
import { mostNamed, type LineChart } from "./line-chart.ts"
import { drawn, type RunReport } from "./run-report.ts"

interface NamedChart extends LineChart {
  readonly title: string
}

/** The charts of a report, lines named by what tells them apart. */
export const chartsOf = (report: RunReport): readonly NamedChart[] => {
  const groups = new Map<string, { readonly title: string; readonly family: string; readonly x: string; readonly y: string; readonly lines: (LineChart["lines"][number] & { readonly path: string })[] }>()
  for (const { node, value } of drawn(report, "curve")) {
    const [family = node.path] = node.path.split("/")
    const name = JSON.stringify([family, value.title, value.x, value.y])
    const group = groups.get(name) ?? { title: value.title, family, x: value.x, y: value.y, lines: [] }
    group.lines.push(...value.series.map((series) => ({ path: node.path, ...series })))
    groups.set(name, group)
  }
  return [...groups.values()].map(({ title, family, x, y, lines }) => {
    const several = new Set(lines.map(({ path }) => path)).size > 1
    const nameOf = ({ path, name }: { path: string; name: string }): string => (several ? [path, name].filter((part) => part !== "").join(" ") : name === "" ? path : name)
    return { title: several || lines.length === 0 ? `${title}: ${family}` : `${title}: ${lines[0]?.path}`, x, y, lines: lines.map((line) => ({ ...line, name: nameOf(line) })) }
  })
}

export const curvesSection = async (report: RunReport, draw: Draw): Promise<Html | undefined> => {
  // What repetitions agree on comes before single runs.
  const single = ({ lines }: LineChart): number => (lines.some(({ band }) => band !== undefined) ? 0 : 1)
  const charts = chartsOf(report).filter(({ lines }) => lines.some(({ points }) => points.length > 0)).sort((a, b) => single(a) - single(b))
  if (charts.length === 0) return undefined
  const figures = await Promise.all(
    charts.map(async (chart) => html`<figure><figcaption>${chart.title}${chart.lines.length > mostNamed ? html`<span class="note">${chart.lines.length} lines</span>` : undefined}</figcaption>${raw(await draw(chart, chart.title))}</figure>`),
  )
  return html`<section id="curves"><h2>Curves</h2><div class="charts">${figures}</div></section>`
}
