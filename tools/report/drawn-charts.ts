/**
 * Charts that the page before this one has already: what shows the same, drawn by the same code, is taken from there. To load
 * what draws takes as long as all else of a run of one edited value, and most curves are as they were. SPEC O5.
 */
import { readFileSync } from "node:fs"
import { hashBytes, hashJson } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import { installedVersion } from "../command/installed-version.ts"
import type { LineChart } from "./line-chart.ts"

/** One `<svg>` of a chart; `label` is for screen readers. */
export type Draw = (chart: LineChart, label: string) => Promise<string>

/** A chart in a page says what it shows, and what its text was: one that somebody changed is drawn again. */
const chartInPage = /<svg data-shows="([0-9a-f]{64})" data-text="([0-9a-f]{64})"(.*?<\/svg>)/gs

/** Draws what `before`, a page or nothing, does not have. */
export const drawUnlessIn = (before: string, draw: Draw = drawNow): Draw => {
  const kept = new Map([...before.matchAll(chartInPage)].flatMap(([svg, shows, text, rest = ""]) => (hashBytes(rest) === text ? [[shows, svg]] : [])))
  const drawing = drawingCode()
  return async (chart, label) => {
    const shows = hashJson({ chart: chart as unknown as Json, label, drawing })
    const found = kept.get(shows)
    if (found !== undefined) return found
    const rest = (await draw(chart, label)).slice("<svg".length)
    return `<svg data-shows="${shows}" data-text="${hashBytes(rest)}"${rest}`
  }
}

const drawNow: Draw = async (chart, label) => (await import("./draw-lines.ts")).drawLines(chart, label)

const drawingCode = (): Json => [
  ...["draw-lines.ts", "line-chart.ts", "html.ts"].map((name) => readFileSync(new URL(name, import.meta.url), "utf8")),
  ...["vega", "vega-lite"].map(installedVersion),
]
