/** What was measured, unit by unit, in the form that claims and tables are made of: bits of documents, and single figures of runs. */
import { defineKind, integer, metricPort, must, NodeFailure, one, stream, text } from "#src"
import { observations } from "../port/observations.ts"
import { scores } from "../port/scores.ts"

export const documentBits = defineKind({
  id: "metric/document-bits",
  module: import.meta.url,
  title: "Bits per character of each document",
  params: { shortest: integer({ min: 0, max: 1e9, default: 0, doc: "Documents of fewer tokens are left out" }) },
  inputs: { scores: one(stream(scores)) },
  outputs: { observations },
  cores: 0,
  run: async ({ scores: given }, { shortest }) => {
    const documents = new Map<number, { locale: number; tokens: number; bits: number; characters: number }>()
    let locales: readonly string[] = []
    for await (const { meta, tensors } of given) {
      locales = meta.locales
      const column = (name: string) => must(tensors[name], `scores.${name}`).data
      const [logp, characters, document, locale] = [column("logp"), column("characters"), column("document"), column("locale")]
      for (let token = 0; token < logp.length; token++) {
        const d = document[token] as number
        const of = documents.get(d) ?? { locale: locale[token] as number, tokens: 0, bits: 0, characters: 0 }
        of.tokens++
        of.bits -= (logp[token] as number) / Math.LN2
        of.characters += characters[token] as number
        documents.set(d, of)
      }
    }
    const kept = [...documents.values()].filter(({ tokens, characters }) => tokens >= shortest && characters > 0)
    const empty = locales.filter((_, l) => !kept.some(({ locale }) => locale === l))
    if (kept.length === 0 || empty.length > 0) throw new NodeFailure(`no document of ${shortest} tokens or more in ${empty.join(", ") || "any language"}`, { param: "shortest" })
    return {
      observations: {
        title: shortest === 0 ? "Bits per character, held-out text" : `Bits per character, documents of ${shortest} tokens or more`,
        unit: "bits per character",
        better: "lower" as const,
        chance: null,
        each: "documents",
        groups: locales,
        group: kept.map(({ locale }) => locale),
        sum: kept.map(({ bits }) => bits),
        weight: kept.map(({ characters }) => characters),
      },
    }
  },
})

export const observe = defineKind({
  id: "metric/observe",
  module: import.meta.url,
  title: "One figure of a run",
  params: { figure: text({ doc: "Which value of the metric" }) },
  inputs: { metric: one(metricPort) },
  outputs: { observations },
  cores: 0,
  run: ({ metric: { title, unit, better, values } }, { figure }) => {
    const value = values[figure]
    if (value === undefined) throw new NodeFailure(`the metric has no value ${figure}; it has ${Object.keys(values).join(", ")}`, { param: "figure" })
    return { observations: { title: `${title}: ${figure}`, unit, better, chance: null, each: "runs", groups: ["run"], group: [0], sum: [value], weight: [1] } }
  },
})
