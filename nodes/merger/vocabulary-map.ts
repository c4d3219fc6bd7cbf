/**
 * What a merge makes of vocabularies, to look at before it runs: rows of each model's embedding by token, what is filled, what goes. The plan is
 * the one `merge-checkpoints.ts` executes. SPEC F10.
 */
import * as t from "io-ts"
import { counted, defineKind, integer, ndarray, NodeFailure, optional, tablePort, tensorsPort, type Table, type Tensors } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { readFileSync } from "node:fs"
import { checkpointFiles } from "../port/checkpoint.ts"
import type { MergePlan, RowMap, Source } from "./checkpoint/merge-plan.ts"
import { parseTokenizer } from "./mergekit/tokenizer-file.ts"
import { isVocabulary } from "./mergekit/layers.ts"
import { planOfStage, stageParams } from "./mergekit/stage-params.ts"

/** For each model i32 [rows]: its own row at each place of the merged embedding, or -1. */
export const rowMaps = tensorsPort("row-maps", t.readonly(t.type({ rows: t.number, tokens: t.number })))

export const vocabularyMap = defineKind({
  id: "merger/vocabulary-map",
  module: import.meta.url,
  title: "Vocabulary of a merge",
  reference: "https://github.com/arcee-ai/mergekit/blob/main/docs/config.md",
  params: { ...stageParams, show: integer({ min: 0, max: 10_000, default: 100, doc: "Tokens to list, of those that some model has not" }) },
  inputs: { before: optional(checkpointFiles) },
  outputs: { maps: rowMaps, summary: tablePort, tokens: tablePort },
  volatile: { everyMs: 1 },
  run: ({ before }, { show, ...params }) => {
    const { plan } = planOfStage(params, before)
    if (plan.vocabulary === undefined) throw new NodeFailure(`${params.file}: expected tokenizer or tokenizer_source, got neither`, { param: "config" })
    const { tokens, rows, models } = plan.vocabulary
    const sources = embeddingSources(plan)
    const maps = models.map((_, i) => sources.get(i)?.rows)
    return {
      maps: { meta: { rows, tokens }, tensors: Object.fromEntries(models.map(({ model }, i) => [model, ndarray("i32", [rows], maps[i]?.rows.slice() ?? Int32Array.from({ length: rows }, (_, row) => row))])) satisfies Tensors },
      summary: {
        title: `Vocabulary of ${counted(tokens, "token")} in ${counted(rows, "row")}`,
        columns: ["model", "own rows", "filled", "zeros", "tokens that go"],
        rows: models.map(({ model, own, filled, zeros, lost }) => [model, own, filled, zeros, lost]),
      },
      tokens: tokenTable(plan, models.map(({ model }) => model), maps, show),
    }
  },
})

/** By input: what the merged embedding reads of it. */
const embeddingSources = ({ tensors }: MergePlan): ReadonlyMap<number, Source> => {
  const embedding = tensors.find(({ name, work }) => isVocabulary(name) && work._tag === "blend")?.work
  if (embedding?._tag !== "blend") return new Map()
  return new Map([...(embedding.base === undefined ? [] : [embedding.base]), ...embedding.models.map(({ source }) => source)].map((source) => [source.model, source]))
}

const tokenTable = ({ beside }: MergePlan, names: readonly string[], maps: readonly (RowMap | undefined)[], most: number): Table => {
  const file = beside["tokenizer.json"]
  const read = file === undefined ? E.left("no tokenizer.json") : parseTokenizer("text" in file ? file.text : readFileSync(file.copyOf, "utf8"))
  const ids = E.isLeft(read) ? [] : [...read.right.ids].sort(([, a], [, b]) => a - b)
  const lacking = ids.filter(([, id]) => maps.some((map) => map !== undefined && (map.rows[id] ?? -1) < 0))
  const cell = (map: RowMap | undefined, id: number): string => {
    const row = map === undefined ? id : (map.rows[id] ?? -1)
    const holders = map?.fills.get(id) ?? []
    if (row >= 0) return `row ${row}`
    return holders.length === 0 ? "zeros" : `${holders.length === 1 ? "" : "mean of "}${holders.map(({ model, row: at }) => `${names[model]} row ${at}`).join(", ")}`
  }
  return {
    title: `Tokens that some model has not, ${Math.min(most, lacking.length)} of ${lacking.length}`,
    columns: ["token", "row", ...names],
    rows: lacking.slice(0, most).map(([token, id]) => [JSON.stringify(token), id, ...maps.map((map) => cell(map, id))]),
  }
}
