/** Generated text, side by side: one card a prompt, one paragraph a node, so that models can be compared. */
import { html, type Html } from "./html.ts"
import { drawn, type RunReport } from "./run-report.ts"

interface Card {
  readonly locale: string
  readonly prompt: string
  readonly texts: { readonly node: string; readonly text: string }[]
}

export const samplesSection = (report: RunReport): Html | undefined => {
  const cards = new Map<string, Card>()
  for (const { node, value } of drawn(report, "sample")) {
    for (const { locale, prompt, text } of value.samples) {
      const name = JSON.stringify([locale, prompt])
      const card = cards.get(name) ?? { locale, prompt, texts: [] }
      card.texts.push({ node: node.path, text })
      cards.set(name, card)
    }
  }
  return cards.size === 0 ? undefined : html`<section id="samples"><h2>Samples</h2><div class="cards">${[...cards.values()].map(cardHtml)}</div></section>`
}

const cardHtml = ({ locale, prompt, texts }: Card): Html => html`
<article class="card"><h3>${locale === "" ? undefined : html`<span class="tag">${locale}</span>`}<span lang="${locale}">${prompt.trim() === "" ? "(no prompt)" : prompt}</span></h3>
${texts.map(({ node, text }) => html`<div class="said"><span class="path">${node}</span><blockquote lang="${locale}"><b>${prompt}</b>${text}</blockquote></div>`)}</article>`
