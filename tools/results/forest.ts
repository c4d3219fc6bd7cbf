/** The criteria of one part of a study as a picture: each with its claim, and for each figure it was judged by a row with its strip, value and interval. */
import type { Verdict } from "../../src/schema/views.ts"
import { html, type Html } from "../report/html.ts"
import { colours, marks, stripHeight, stripMarks, stripWidth } from "../report/interval-strip.ts"
import { figure } from "../report/metrics-section.ts"
import { measured } from "../report/verdicts-section.ts"

const indent = 44
const nameWidth = 320
const stripLeft = indent + nameWidth + 16
const figuresLeft = stripLeft + stripWidth + 18
const width = figuresLeft + 200
const line = 17

/** Lines of at most so many characters, broken between words. */
export const wrapped = (text: string, most: number): readonly string[] =>
  text.split(" ").reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1)
    return last !== undefined && last.length + 1 + word.length <= most ? [...lines.slice(0, -1), `${last} ${word}`] : [...lines, word]
  }, [])

interface Row {
  readonly height: number
  readonly drawn: (y: number) => Html
}

/** One `<svg>`, in the colours of the style sheet. */
export const forest = (title: string, criteria: readonly Verdict[]): Html => {
  const rows = criteria.flatMap((criterion, i) => [headRow(criterion, i > 0), ...criterion.effects.map(effectRow)])
  const tops = rows.map((_, i) => rows.slice(0, i).reduce((sum, { height }) => sum + height, 0))
  const height = rows.reduce((sum, row) => sum + row.height, 0)
  return html`
<svg role="img" aria-label="${title}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13">
${rows.map(({ drawn }, i) => drawn(tops[i] as number))}</svg>`
}

const texts = (lines: readonly string[], x: number, y: number): readonly Html[] => lines.map((text, i) => html`<text x="${x}" y="${y + i * line}" fill="var(--ink)">${text}</text>`)

const headRow = ({ id, claim, outcome }: Verdict, hasGap: boolean): Row => {
  const lines = wrapped(claim, 104)
  const above = hasGap ? 22 : 4
  return {
    height: above + lines.length * line + 12,
    drawn: (y) => html`<g font-weight="650"><text x="0" y="${y + above + 12}" font-size="16" fill="var(--ink)">${id}</text>${texts(lines, indent, y + above + 12)}
<text x="${width}" y="${y + above + 12}" text-anchor="end" fill="${colours[outcome]}">${marks[outcome]} ${outcome}</text></g>`,
  }
}

const effectRow = (effect: Verdict["effects"][number]): Row => {
  const lines = wrapped(effect.name, 46)
  const height = Math.max(stripHeight + 8, lines.length * line + 12)
  const interval = effect.low === effect.high ? "" : `${figure(effect.low)} to ${figure(effect.high)}`
  return {
    height,
    drawn: (y) => html`<line x1="0" x2="${width}" y1="${y}" y2="${y}" stroke="var(--line)"/><text x="3" y="${y + 22}" font-weight="650" fill="${colours[effect.outcome]}">${marks[effect.outcome]}</text>
${texts(lines, indent, y + (lines.length > 1 ? 18 : 22))}<g transform="translate(${stripLeft} ${y + 5})">${stripMarks(effect)}</g>
<text x="${figuresLeft}" y="${y + 16}" fill="var(--ink)">${measured(effect)}</text><text x="${figuresLeft}" y="${y + 32}" font-size="11" fill="var(--soft)">${interval}</text>`,
  }
}
