/**
 * Curves as an SVG: drawn by vega-lite without a browser, in colours that the page's style sheet decides (so one
 * picture serves light and dark). Loading vega takes most of a second; import this file only when a chart is due.
 */
import { parse, View } from "vega"
import { compile } from "vega-lite"
import { escapeText } from "./html.ts"
import { mostNamed, type LineChart } from "./line-chart.ts"

/** The name of the line of what a guess gives: dashed. */
const guess = "chance"

/** How many colours the style sheet has: `--series-1` and so on. */
const seriesColours = 8

/** More points than this in one line are thinned out: a chart is a few hundred pixels wide. */
const mostPoints = 1000

// Colours that no one would choose, replaced by the style sheet's variables in the finished picture.
const ink = "#010101"
const faint = "#020202"
const series = (i: number): string => `#0304${(i + 1).toString(16).padStart(2, "0")}`

const replacements: readonly (readonly [string, string])[] = [
  [ink, "var(--ink)"],
  [faint, "var(--line)"],
  ...Array.from({ length: seriesColours }, (_, i) => [series(i), `var(--series-${i + 1})`] as const),
]

/** One `<svg>` that scales with its container. Labels are for screen readers too. */
export const drawLines = async ({ x, y, lines }: LineChart, label: string): Promise<string> => {
  const values = lines.flatMap(({ name, points, band }) =>
    thin(points.map(([px, py], i) => ({ name, x: px, y: py, low: band?.[i]?.[0] ?? py, high: band?.[i]?.[1] ?? py }))),
  )
  const isFew = values.length < lines.length * 12
  // What a guess gives is no method.
  const dashed = lines.some(({ name }) => name === guess) ? { strokeDash: { condition: { test: `datum.name === '${guess}'`, value: [5, 4] }, value: [] } } : {}
  const { spec } = compile({
    width: 470,
    height: 230,
    background: "transparent",
    padding: 2,
    data: { values },
    layer: [
      ...(lines.some(({ band }) => band !== undefined)
        ? [{ mark: { type: "area" as const, opacity: 0.16 }, encoding: { y: { field: "low", type: "quantitative" as const, title: y }, y2: { field: "high" } } }]
        : []),
      { mark: { type: "line", strokeWidth: lines.length > mostNamed ? 1 : 1.8, strokeJoin: "round", interpolate: "linear", point: isFew }, encoding: { y: { field: "y", type: "quantitative", title: y }, ...dashed } },
    ],
    encoding: {
      x: { field: "x", type: "quantitative", title: x, axis: { grid: false, tickCount: 6, ...(values.every((v) => Number.isInteger(v.x)) ? { tickMinStep: 1 } : {}) }, scale: { nice: false } },
      y: { type: "quantitative", scale: { zero: false }, axis: { tickCount: 5 } },
      color: {
        field: "name",
        type: "nominal",
        scale: { domain: lines.map(({ name }) => name), range: lines.map((_, i) => series(i % seriesColours)) },
        legend: lines.length > 1 && lines.length <= mostNamed ? { title: null, orient: "bottom", columns: 4, symbolType: "stroke", symbolStrokeWidth: 3, symbolOpacity: 1 } : null,
      },
    },
    config: {
      font: "system-ui, sans-serif",
      view: { stroke: null },
      axis: {
        labelColor: ink, titleColor: ink, titleFontWeight: "normal", titleFontSize: 12, labelFontSize: 12, titlePadding: 8,
        gridColor: faint, domainColor: faint, tickColor: faint,
      },
      legend: { labelColor: ink, labelFontSize: 12, columnPadding: 18 },
    },
  })
  const view = new View(parse(spec), { renderer: "none" })
  const svg = await view.toSVG()
  view.finalize()
  const coloured = replacements.reduce((text, [from, to]) => text.replaceAll(from, to), svg)
  return coloured.replace(/<svg([^>]*?) width="[\d.]+" height="[\d.]+"/, `<svg$1 role="img" aria-label="${escapeText(label)}"`).replace('class="marks"', 'class="chart"')
}

const thin = <A>(points: readonly A[]): readonly A[] => {
  const step = Math.ceil(points.length / mostPoints)
  return step <= 1 ? points : points.filter((_, i) => i % step === 0 || i === points.length - 1)
}
