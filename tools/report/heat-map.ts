/**
 * A matrix as cells, the better the darker within each column, with every figure and its interval in words; beside them the last column
 * (the mean, where there are several) drawn to one scale.
 */
import type { Matrix } from "../../src/schema/views.ts"
import { figure } from "./metrics-section.ts"
import { html, type Html } from "./html.ts"

/** From 0, the worst of its column, to 1, the best; 0.5 where all are even. */
export const sharesOf = ({ better, cells, columns }: Matrix): readonly (readonly number[])[] => {
  const ranges = columns.map((_, c) => {
    const values = cells.map((row) => row[c]?.value ?? Number.NaN)
    return [Math.min(...values), Math.max(...values)] as const
  })
  return cells.map((row) =>
    row.map(({ value }, c) => {
      const [least, most] = ranges[c] as readonly [number, number]
      const share = most === least ? 0.5 : (value - least) / (most - least)
      return better === "lower" ? 1 - share : share
    }),
  )
}

const letter = 7.2
const [cellWidth, cellHeight, headHeight] = [118, 38, 26]
const [gapWidth, plotWidth] = [22, 300]

/** One `<svg>`, in the colours of the style sheet. The chance level is its last row. */
export const heatMap = (matrix: Matrix): Html => {
  const { rows, columns, cells, chance, title, unit } = matrix
  const names = [...rows, ...(chance === null ? [] : ["chance"])]
  const left = Math.ceil(Math.max(...names.map((name) => name.length)) * letter) + 16
  const right = left + columns.length * cellWidth + gapWidth
  const [width, height] = [right + plotWidth, headHeight + names.length * cellHeight]
  const shares = sharesOf(matrix)
  const x = (c: number): number => left + c * cellWidth
  const y = (r: number): number => headHeight + r * cellHeight
  return html`
<svg class="heat" role="img" aria-label="${title}, ${unit}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13">
${columns.map((column, c) => html`<text x="${x(c) + cellWidth / 2}" y="17" text-anchor="middle" fill="var(--soft)">${column}</text>`)}
${names.map((name, r) => html`<text x="${left - 12}" y="${y(r) + cellHeight / 2 + 4}" text-anchor="end" fill="var(--ink)">${name}</text>`)}
${cells.map((row, r) =>
  row.map(
    ({ value, interval }, c) => html`<rect x="${x(c) + 1}" y="${y(r) + 1}" width="${cellWidth - 2}" height="${cellHeight - 2}" rx="4" fill="var(--accent)" fill-opacity="${(0.05 + 0.5 * (shares[r]?.[c] ?? 0)).toFixed(3)}"/>
<text x="${x(c) + cellWidth / 2}" y="${y(r) + (interval === null ? 24 : 18)}" text-anchor="middle" fill="var(--ink)">${figure(value)}</text>${
      interval === null ? undefined : html`<text x="${x(c) + cellWidth / 2}" y="${y(r) + 32}" text-anchor="middle" font-size="10.5" fill="var(--ink)" fill-opacity="0.8">${figure(interval[0])} to ${figure(interval[1])}</text>`
    }`,
  ),
)}
${chance === null ? undefined : columns.map((_, c) => html`<text x="${x(c) + cellWidth / 2}" y="${y(rows.length) + 24}" text-anchor="middle" fill="var(--soft)">${figure(chance)}</text>`)}
${columns.length === 0 ? undefined : html`<text x="${right + plotWidth / 2}" y="17" text-anchor="middle" fill="var(--soft)">${columns.at(-1)}</text>`}${dots(matrix, right, y)}
</svg>`
}

/** The figures of the last column as dots with whiskers, from `left` on; the chance level as a line through all of them. */
const dots = ({ cells, chance }: Matrix, left: number, y: (row: number) => number): Html => {
  const last = cells.map((row) => row.at(-1) ?? { value: Number.NaN, interval: null })
  const all = [...last.flatMap(({ value, interval }) => [value, ...(interval ?? [])]), ...(chance === null ? [] : [chance])]
  const [least, most] = [Math.min(...all), Math.max(...all)]
  const x = (v: number): string => (left + 6 + (most === least ? 0.5 : (v - least) / (most - least)) * (plotWidth - 12)).toFixed(1)
  const [top, bottom] = [y(0), y(cells.length)]
  return html`<text x="${left}" y="17" fill="var(--soft)" font-size="11">${figure(least)}</text><text x="${left + plotWidth}" y="17" text-anchor="end" fill="var(--soft)" font-size="11">${most === least ? "" : figure(most)}</text>
${chance === null ? undefined : html`<line x1="${x(chance)}" x2="${x(chance)}" y1="${top}" y2="${bottom}" stroke="var(--soft)" stroke-dasharray="4 3"/>`}
${last.map(({ value, interval }, r) => {
    const middle = y(r) + cellHeight / 2
    return html`<line x1="${left}" x2="${left + plotWidth}" y1="${middle}" y2="${middle}" stroke="var(--line)"/>${
      interval === null ? undefined : html`<line x1="${x(interval[0])}" x2="${x(interval[1])}" y1="${middle}" y2="${middle}" stroke="var(--accent)" stroke-width="2.4" stroke-linecap="round"/>`
    }<circle cx="${x(value)}" cy="${middle}" r="4" fill="var(--accent)"/>`
  })}`
}
