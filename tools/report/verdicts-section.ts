/** The verdict board of a study: all criteria at a glance, then each with its claim and the strips of what it was judged by. */
import { boundsText } from "../../src/schema/plain-table.ts"
import type { Verdict, VerdictOutcome } from "../../src/schema/views.ts"
import { byNaturalOrder } from "../../src/base/natural-order.ts"
import { html, type Html } from "./html.ts"
import { intervalStrip, marks } from "./interval-strip.ts"
import { figure } from "./metrics-section.ts"
import { drawn, type RunReport } from "./run-report.ts"

/** Criteria by number. Single effects have none: they are part of a criterion's verdict. */
export const criteriaOf = <A extends { readonly value: Verdict }>(verdicts: readonly A[]): readonly A[] =>
  verdicts.filter(({ value }) => value.id !== "").sort((a, b) => byNaturalOrder(a.value.id, b.value.id))

export const partsOf = <A extends { readonly value: Verdict }>(criteria: readonly A[]): readonly (readonly [part: string, criteria: readonly A[]])[] =>
  [...new Set(criteria.map(({ value }) => value.part))].map((part) => [part, criteria.filter(({ value }) => value.part === part)])

export const countsOf = (criteria: readonly { readonly value: Verdict }[]): readonly (readonly [VerdictOutcome, number])[] =>
  (["PASS", "FAIL", "INCONCLUSIVE"] as const).map((outcome) => [outcome, criteria.filter(({ value }) => value.outcome === outcome).length])

/** "0.013 bits per character": a ratio has no unit. */
export const measured = ({ value, unit }: Verdict["effects"][number]): string => `${figure(value)}${unit === "" ? "" : ` ${unit}`}`

/** What the intervals of a criterion are over, each once. */
export const scopesOf = ({ effects }: Verdict): readonly string[] => [...new Set(effects.map(({ over }) => over))]

export const verdictsSection = (report: RunReport): Html | undefined => {
  const criteria = criteriaOf(drawn(report, "verdict"))
  if (criteria.length === 0) return undefined
  const parts = partsOf(criteria)
  return html`<section id="verdicts"><h2>Verdicts</h2>
<ul class="tally">${countsOf(criteria).map(([outcome, n]) => html`<li class="${outcome}"><b>${n}</b> ${marks[outcome]} ${outcome}</li>`)}</ul>
<div class="glance">${parts.map(([part, own]) => html`<div><h3>${part}</h3>${own.map(({ value: { id, outcome, claim } }) => html`<a class="${outcome}" href="#criterion-${id}" title="${outcome}: ${claim}"><b>${id}</b>${marks[outcome]}</a>`)}</div>`)}</div>
<p class="note">Shaded: where the claim says that the figure lies. Bar: 95 % interval. Dot: mean; ticks: single seeds. A figure without a unit is a ratio: 0.05 over something, less 1, is 5 % more than it.</p>
${parts.map(([part, own]) => html`<h3 class="part">${part}</h3>${own.map(({ value }) => criterionHtml(value))}`)}</section>`
}

const criterionHtml = (verdict: Verdict): Html => {
  const { id, claim, outcome, effects } = verdict
  const scopes = scopesOf(verdict)
  return html`
<article id="criterion-${id}" class="criterion ${outcome}"><header><span class="number">${id}</span><p>${claim}${scopes.length > 1 ? undefined : html` <span class="scope">over ${scopes}</span>`}</p><span class="outcome">${marks[outcome]} ${outcome}</span></header>
${effects.map((effect) => effectHtml(effect, scopes.length > 1))}</article>`
}

const effectHtml = (effect: Verdict["effects"][number], hasOwnScope: boolean): Html => html`
<div class="effect ${effect.outcome}"><span class="name"><i class="mark" title="${effect.outcome}">${marks[effect.outcome]}</i>${effect.name}</span>${intervalStrip(effect)}
<span class="figures">${measured(effect)}<span class="soft">${effect.low === effect.high ? "" : `${figure(effect.low)} to ${figure(effect.high)}; `}claimed ${boundsText(effect)}${hasOwnScope ? `; over ${effect.over}` : ""}</span></span></div>`
