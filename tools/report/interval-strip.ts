/** An effect as a strip: where the claim says that it lies (shaded), its 95 % interval, its mean, and each seed as a tick. */
import type { Verdict } from "../../src/schema/views.ts"
import { figure } from "./metrics-section.ts"
import { html, type Html } from "./html.ts"

type Effect = Verdict["effects"][number]

/** CSS pixels. */
const [width, height] = [260, 22]

export const intervalStrip = (effect: Effect): Html => {
  const { low, high, value, values, above, below } = effect
  const marks = [low, high, ...values, ...(above === null ? [] : [above]), ...(below === null ? [] : [below])]
  const [least, most] = [Math.min(...marks), Math.max(...marks)]
  const margin = (most - least || Math.abs(most) || 1) * 0.12
  const x = (v: number): string => ((width * (v - least + margin)) / (most - least + 2 * margin)).toFixed(1)
  const [from, to] = [above === null ? "0" : x(above), below === null ? String(width) : x(below)]
  const label = `${figure(value)}, 95 % interval ${figure(low)} to ${figure(high)}`
  return html`
<svg class="strip" role="img" aria-label="${label}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title>${label}</title>
<rect class="claimed" x="${from}" y="1" width="${(Number(to) - Number(from)).toFixed(1)}" height="${height - 2}"/>
${[above, below].map((bound) => (bound === null ? undefined : html`<line class="bound" x1="${x(bound)}" x2="${x(bound)}" y1="1" y2="${height - 1}"/>`))}
<line class="whisker" x1="${x(low)}" x2="${x(high)}" y1="${height / 2}" y2="${height / 2}"/>
${values.map((v) => html`<line class="seed" x1="${x(v)}" x2="${x(v)}" y1="${height / 2 - 5}" y2="${height / 2 + 5}"/>`)}
<circle class="mean" cx="${x(value)}" cy="${height / 2}" r="3.6"/></svg>`
}
