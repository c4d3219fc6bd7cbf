/** The little that a card shows of a result: numbers, a curve, a picture, the beginning of a text. */
import { memo } from "react"
import type { Headline } from "../../protocol/status.ts"
import { figure } from "../draw/format.ts"
import { Pixels } from "../draw/pixels.tsx"
import { sparkline } from "../draw/series.ts"

/** CSS pixels of the curve. */
const [width, height] = [188, 34]

export const HeadlineView = memo(({ headline }: { readonly headline: Headline }) => {
  switch (headline._tag) {
    case "metric":
      return <Numbers values={headline.values} title={`${headline.title}, ${headline.unit}`} />
    case "curve": {
      const last = headline.points.at(-1)
      return (
        <div className="headline curve" title={`${headline.title}: ${headline.y} over ${headline.x}`}>
          <svg width={width} height={height} viewBox={`0 -1 ${width} ${height + 2}`} aria-hidden="true"><path d={sparkline(headline.points, width, height)} /></svg>
          {last !== undefined && <b>{figure(last[1])}</b>}
        </div>
      )
    }
    case "picture":
      return <div className="headline picture" title={headline.title}><Pixels width={headline.width} height={headline.height} channels={headline.channels} pixels={headline.pixels} label={headline.title} /></div>
    case "text":
      return <p className="headline text" title={headline.text}>{headline.text}</p>
  }
})

const mostNumbers = 4

/** The column that stands for all when there is room for one. */
const mainColumn = (columns: readonly string[]): string | undefined => columns.find((column) => ["all", "mix", "mean", "overall", "total"].includes(column)) ?? columns[0]

const Numbers = ({ values, title }: { readonly values: { readonly [column: string]: number }; readonly title: string }) => {
  const entries = Object.entries(values)
  const main = mainColumn(Object.keys(values))
  return (
    <dl className={entries.length === 1 ? "headline numbers one" : "headline numbers"} title={title}>
      {entries.slice(0, mostNumbers).map(([column, value]) => (
        <div key={column} className={column === main ? "main" : ""}><dt>{column}</dt><dd>{figure(value)}</dd></div>
      ))}
      {entries.length > mostNumbers && <div><dt>and</dt><dd>{entries.length - mostNumbers}</dd></div>}
    </dl>
  )
}
