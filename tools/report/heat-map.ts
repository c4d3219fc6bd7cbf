/** A matrix as cells, the better the darker within each column, with every figure and its interval in words. */
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
const [cellWidth, cellHeight, headHeight] = [118, 40, 26]

/** One `<svg>`, in the colours of the style sheet. The chance level is its last row. */
export const heatMap = (matrix: Matrix): Html => {
  const { rows, columns, cells, chance, title, unit } = matrix
  const names = [...rows, ...(chance === null ? [] : ["chance"])]
  const left = Math.ceil(Math.max(...names.map((name) => name.length)) * letter) + 16
  const [width, height] = [left + columns.length * cellWidth, headHeight + names.length * cellHeight]
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
</svg>`
}
