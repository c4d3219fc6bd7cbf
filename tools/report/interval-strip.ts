/**
 * An effect as a strip: where the claim says that it lies (shaded, up to the dashed bounds), its 95 % interval, its mean, and each seed as a
 * tick. Colours are attributes, so that it is the same in the page and in a picture of its own.
 */
import { short } from "../../src/schema/plain-table.ts"
import type { Verdict, VerdictOutcome } from "../../src/schema/views.ts"
import { figure } from "./metrics-section.ts"
import { html, type Html } from "./html.ts"

type Effect = Verdict["effects"][number]

/** Told apart without colour too. */
export const marks: Readonly<Record<VerdictOutcome, string>> = { PASS: "✓", FAIL: "✗", INCONCLUSIVE: "?" }
export const colours: Readonly<Record<VerdictOutcome, string>> = { PASS: "var(--accent)", FAIL: "var(--bad)", INCONCLUSIVE: "var(--open)" }

/** In pixels; below the strip stand its bounds. */
export const [stripWidth, stripHeight] = [360, 34]
const band = 20

export const intervalStrip = (effect: Effect): Html => {
  const label = `${figure(effect.value)}, 95 % interval ${figure(effect.low)} to ${figure(effect.high)}`
  return html`
<svg class="strip" role="img" aria-label="${label}" viewBox="0 0 ${stripWidth} ${stripHeight}"><title>${label}</title>${stripMarks(effect)}</svg>`
}

/** What is drawn, for a picture of several strips. */
export const stripMarks = ({ low, high, value, values, above, below, outcome }: Effect): Html => {
  const all = [low, high, ...values, ...(above === null ? [] : [above]), ...(below === null ? [] : [below])]
  const [least, most] = [Math.min(...all), Math.max(...all)]
  const margin = (most - least || Math.abs(most) || 1) * 0.12
  const place = (v: number): number => (stripWidth * (v - least + margin)) / (most - least + 2 * margin)
  const x = (v: number): string => place(v).toFixed(1)
  const [from, to] = [above === null ? "0" : x(above), below === null ? String(stripWidth) : x(below)]
  const colour = colours[outcome]
  const middle = band / 2 + 1
  return html`<line x1="0" x2="${stripWidth}" y1="${middle}" y2="${middle}" stroke="var(--line)"/>
<rect x="${from}" y="1" width="${(Number(to) - Number(from)).toFixed(1)}" height="${band}" rx="3" fill="var(--mark)"/>
${[above, below].map((bound) =>
    bound === null
      ? undefined
      : html`<line x1="${x(bound)}" x2="${x(bound)}" y1="1" y2="${band + 1}" stroke="var(--accent)" stroke-dasharray="3 2"/><text x="${x(bound)}" y="${stripHeight - 2}" text-anchor="${place(bound) < 30 ? "start" : place(bound) > stripWidth - 30 ? "end" : "middle"}" font-size="10.5" fill="var(--soft)">${short(bound)}</text>`,
  )}
${low === high ? undefined : [low, high].map((end) => html`<line x1="${x(end)}" x2="${x(end)}" y1="${middle - 4}" y2="${middle + 4}" stroke="${colour}" stroke-width="2"/>`)}
<line x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}" stroke="${colour}" stroke-width="2.4" stroke-linecap="round"/>
${values.map((v) => html`<line x1="${x(v)}" x2="${x(v)}" y1="${middle - 7}" y2="${middle + 7}" stroke="var(--soft)" stroke-width="1.2"/>`)}
<circle cx="${x(value)}" cy="${middle}" r="4" fill="${colour}"/>`
}
