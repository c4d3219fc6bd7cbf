/** The verdict board of a study: how many criteria passed, and each with its claim and the strips of what it was judged by. */
import { boundsText } from "../../src/schema/plain-table.ts"
import type { Verdict, VerdictOutcome } from "../../src/schema/views.ts"
import { byNaturalOrder } from "../../src/base/natural-order.ts"
import { html, type Html } from "./html.ts"
import { intervalStrip } from "./interval-strip.ts"
import { figure } from "./metrics-section.ts"
import { drawn, type RunReport } from "./run-report.ts"

/** Told apart without colour too. */
const marks: Readonly<Record<VerdictOutcome, string>> = { PASS: "✓", FAIL: "✗", INCONCLUSIVE: "?" }

/** Criteria by number. Single effects have none: they are part of a criterion's verdict. */
export const criteriaOf = <A extends { readonly value: Verdict }>(verdicts: readonly A[]): readonly A[] =>
  verdicts.filter(({ value }) => value.id !== "").sort((a, b) => byNaturalOrder(a.value.id, b.value.id))

export const partsOf = <A extends { readonly value: Verdict }>(criteria: readonly A[]): readonly (readonly [part: string, criteria: readonly A[]])[] =>
  [...new Set(criteria.map(({ value }) => value.part))].map((part) => [part, criteria.filter(({ value }) => value.part === part)])

export const countsOf = (criteria: readonly { readonly value: Verdict }[]): readonly (readonly [VerdictOutcome, number])[] =>
  (["PASS", "FAIL", "INCONCLUSIVE"] as const).map((outcome) => [outcome, criteria.filter(({ value }) => value.outcome === outcome).length])

export const verdictsSection = (report: RunReport): Html | undefined => {
  const criteria = criteriaOf(drawn(report, "verdict"))
  if (criteria.length === 0) return undefined
  return html`<section id="verdicts"><h2>Verdicts</h2>
<ul class="tally">${countsOf(criteria).map(([outcome, n]) => html`<li class="${outcome}"><b>${n}</b> ${marks[outcome]} ${outcome}</li>`)}</ul>
<p class="note">Shaded: where the claim says that the figure lies. Bar: 95 % interval. Dot: mean; ticks: single seeds.</p>
${partsOf(criteria).map(([part, own]) => html`<h3 class="part">${part}</h3><div class="board">${own.map(({ value }) => card(value))}</div>`)}</section>`
}

const card = ({ id, claim, outcome, effects }: Verdict): Html => html`
<article class="card criterion ${outcome}"><header><span class="number">${id}</span><span class="outcome">${marks[outcome]} ${outcome}</span></header><p>${claim}</p>
${effects.map(effectHtml)}</article>`

const effectHtml = (effect: Verdict["effects"][number]): Html => html`
<div class="effect ${effect.outcome}"><span class="name"><i class="dot" title="${effect.outcome}"></i>${effect.name}</span>${intervalStrip(effect)}
<span class="figures">${figure(effect.value)}${effect.unit === "" ? "" : ` ${effect.unit}`}<span class="soft">${effect.low === effect.high ? "" : ` (${figure(effect.low)} to ${figure(effect.high)})`}; claimed ${boundsText(effect)}; over ${effect.over}</span></span></div>`
