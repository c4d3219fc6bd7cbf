/** Curves as charts want them: one ascending x axis for all series, gaps as null; and small curves as SVG paths. */

export type Point = readonly [x: number, y: number]

export interface Series {
  readonly name: string
  /** x ascending. */
  readonly points: readonly Point[]
}

export interface ChartSeries extends Series {
  /** A colour of the theme, 1 to 8. */
  readonly colour: number
  /** Of another run or revision. */
  readonly dashed?: boolean
}

/** The series of a curve, a colour each; where curves of two times are laid over each other, they say of `when` they are. */
export const seriesOf = ({ series, y }: { readonly series: readonly Series[]; readonly y: string }, of?: { readonly when: string; readonly dashed: boolean }): readonly ChartSeries[] =>
  series.map(({ name, points }, i) => ({ name: of === undefined ? name : `${name === "" ? y : name}, ${of.when}`, points, colour: (i % 8) + 1, dashed: of?.dashed ?? false }))

export type Columns = readonly [x: readonly number[], ...ys: readonly (readonly (number | null)[])[]]

/** The union of all x, and each series' y there or null where it has none. Of points with one x, the last counts. */
export const alignSeries = (series: readonly Series[]): Columns => {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b)
  const row = new Map(xs.map((x, i) => [x, i]))
  const columns = series.map(({ points }) => {
    const ys: (number | null)[] = new Array<number | null>(xs.length).fill(null)
    for (const [x, y] of points) ys[row.get(x) as number] = y
    return ys
  })
  return [xs, ...columns]
}

/** An SVG path of `points` in a box of `width` × `height` pixels, for a curve without axes; empty without points. `range`: of y, when several share it. */
export const sparkline = (points: readonly Point[], width: number, height: number, range = extent(points.map(([, y]) => y)), domain = extent(points.map(([x]) => x))): string => {
  const [low, high] = range
  const [start, end] = domain
  const px = (x: number): number => (end === start ? width / 2 : ((x - start) / (end - start)) * width)
  const py = (y: number): number => (high === low ? height / 2 : height - ((y - low) / (high - low)) * height)
  return thinned(points, Math.max(2, Math.floor(width)))
    .map(([x, y], i) => `${i === 0 ? "M" : "L"}${px(x).toFixed(1)} ${py(y).toFixed(1)}`)
    .join("")
}

/** Smallest and largest of `values`; 0 and 1 when there are none. */
export const extent = (values: readonly number[]): readonly [low: number, high: number] => {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : [0, 1]
}

/** At most `most` of `points`, evenly, the last among them. */
const thinned = (points: readonly Point[], most: number): readonly Point[] => {
  if (points.length <= most) return points
  const stride = (points.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, i) => points[Math.round(i * stride)] as Point)
}
