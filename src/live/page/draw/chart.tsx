/** A chart of curves that grow while one looks: uPlot on a canvas, a legend in HTML. Drag to zoom, double-click for all. */
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react"
import uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import "./chart.css"
import { figure, tickLabels } from "./format.ts"
import { alignSeries, type ChartSeries, type Series } from "./series.ts"
import { useTheme } from "../style/use-theme.ts"

interface Props {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly series: readonly ChartSeries[]
  /** CSS pixels. */
  readonly height?: number
}

export const Chart = memo(({ title, x, y, series, height = 190 }: Props) => {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const [index, setIndex] = useState<number | null>(null)
  const [zoomed, setZoomed] = useState(false)
  const [logarithmic, setLogarithmic] = useState(false)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const columns = useMemo(() => alignSeries(series), [series])
  const theme = useTheme()
  const names = series.map(({ name, colour, dashed }) => `${name} ${colour} ${dashed === true}`).join("\n")
  const hasLog = useMemo(() => series.length > 0 && series.every(({ points }) => points.every(([, value]) => value > 0)), [series])

  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const colour = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim()
    const font = `11px ${colour("--sans")}`
    const axis = { stroke: colour("--soft"), font, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } }
    const made = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height,
        padding: [8, 10, 0, 0],
        legend: { show: false },
        scales: { x: { time: false }, y: { distr: logarithmic && hasLog ? 3 : 1 } },
        axes: [
          { ...axis, size: 26, gap: 4, space: 60 },
          { ...axis, size: 46, gap: 6, values: (_, ticks) => tickLabels(ticks) },
        ],
        cursor: { drag: { x: true, y: false, setScale: true }, points: { size: 6 }, y: false },
        series: [
          {},
          ...series.map(({ name, colour: n, dashed }) => ({ label: name, stroke: colour(`--series-${n}`), width: 1.6, spanGaps: true, points: { show: false }, show: !hidden.has(name), ...(dashed === true ? { dash: [4, 4], width: 1.2 } : {}) })),
        ],
        hooks: {
          setCursor: [(u) => setIndex(u.cursor.idx ?? null)],
          setSelect: [(u) => u.select.width > 0 && setZoomed(true)],
        },
      },
      columns as unknown as uPlot.AlignedData,
      element,
    )
    plot.current = made
    made.over.addEventListener("dblclick", () => setZoomed(false))
    const watcher = new ResizeObserver(() => made.setSize({ width: Math.max(120, element.clientWidth), height }))
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      made.destroy()
      plot.current = undefined
    }
    // A new plot only for what it cannot change: its series, its theme and its kind of scale.
  }, [names, theme, height, logarithmic && hasLog, hidden])

  useEffect(() => void plot.current?.setData(columns as unknown as uPlot.AlignedData, !zoomed), [columns, zoomed])

  const toggle = (name: string): void => setHidden((old) => new Set(old.has(name) ? [...old].filter((other) => other !== name) : [...old, name]))
  const at = index !== null && index < columns[0].length ? index : undefined
  return (
    <figure className="chart">
      <figcaption>
        <h3>{title}</h3><span className="soft">{y}</span>
        <span className="chart-tools">
          {zoomed && <button className="quiet small" onClick={() => setZoomed(false)}>All</button>}
          {hasLog && <button className="quiet small" aria-pressed={logarithmic} onClick={() => setLogarithmic(!logarithmic)}>log</button>}
        </span>
      </figcaption>
      <div ref={box} className="chart-canvas" role="img" aria-label={`${title}: ${y} over ${x}; ${series.map((one) => `${one.name || y} ends at ${lastOf(one)}`).join(", ")}`} />
      <p className="chart-axis">{at === undefined ? x : `${x} ${figure(columns[0][at] as number)}`}</p>
      <ul className="legend">
        {series.map((one, i) => (
          <li key={`${one.name} ${i}`}>
            <button className="quiet" aria-pressed={!hidden.has(one.name)} title={hidden.has(one.name) ? "Show this curve" : "Hide this curve"} onClick={() => toggle(one.name)}>
              <i className={one.dashed === true ? "dash" : ""} style={{ color: `var(--series-${one.colour})` }} />
              <span>{one.name || y}</span>
              <b>{at === undefined ? lastOf(one) : valueAt(columns[i + 1], at)}</b>
            </button>
          </li>
        ))}
      </ul>
    </figure>
  )
})

const lastOf = ({ points }: Series): string => {
  const last = points.at(-1)
  return last === undefined ? "–" : figure(last[1])
}

const valueAt = (column: readonly (number | null)[] | undefined, at: number): string => {
  const value = column?.[at]
  return value === undefined || value === null ? "–" : figure(value)
}
