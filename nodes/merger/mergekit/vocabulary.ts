/**
 * The vocabulary of a merged model and what it makes of each embedding: the tokenizer that the configuration chooses (`base`, `union`, a
 * model's), rows for tokens that a model has not, padding. All from `tokenizer.json` and headers. SPEC F10.
 */
import type { ModelFiles, TensorPlace } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { MergePlan, RowMap, VocabularySummary } from "../checkpoint/merge-plan.ts"
import { tokenizerFiles } from "./beside.ts"
import type { MergekitConfig, Path, TokenizerChoice } from "./config.ts"
import { isVocabulary } from "./layers.ts"
import { largest, outputTokenizer, type OutputTokenizer } from "./output-tokenizer.ts"
import { countRows, rowMaps, type TokenRule } from "./row-maps.ts"
import { readTokenizer, type TokenizerFile } from "./tokenizer-file.ts"

interface Given {
  readonly inputs: readonly ModelFiles[]
  /** Of the inputs, in the configuration. */
  readonly names: readonly string[]
  /** All that the configuration names, also those of which only the tokenizer is wanted. */
  readonly models: ReadonlyMap<string, ModelFiles>
  readonly template: ModelFiles
  readonly compat: boolean
  readonly wrong: (path: Path, expected: string, got: string) => void
  /** The tensor of an input by its name in the result, tied heads included. */
  readonly placeOf: (input: number, tensor: string) => TensorPlace | undefined
}

export interface VocabularyPlan {
  readonly rows: number
  /** Undefined where the tensor is used as it is. */
  readonly rowsOf: (input: number, tensor: string) => RowMap | undefined
  /** The tokenizer's files, instead of the template's. */
  readonly beside: MergePlan["beside"]
  readonly summary: VocabularySummary
}

/** Undefined where the configuration says nothing of a tokenizer, or something wrong. */
export const planVocabulary = ({ tokenizer: choice, base }: MergekitConfig, given: Given): VocabularyPlan | undefined => {
  if (choice === undefined) return undefined
  const { inputs, names, models, template, compat, wrong, placeOf } = given
  const templateIndex = inputs.indexOf(template)
  const embeddings = inputs.map(({ tensors }) => [...tensors.keys()].find(isVocabulary))
  const readOf = (name: string, files: ModelFiles): TokenizerFile | undefined => {
    const read = readTokenizer(files)
    if (E.isRight(read)) return read.right
    wrong(choice.at, `a tokenizer.json in ${name}`, read.left)
    return undefined
  }
  const files = inputs.map((input, i) => {
    // mergekit takes a model without a tokenizer for one with the base's.
    const asBase = compat && !existsSync(join(input.folder, "tokenizer.json"))
    return readOf(names[i] as string, asBase ? template : input)
  })
  const sourceName = choice.source === "union" || choice.source === "base" ? (names[templateIndex] as string) : choice.source
  const source = models.get(sourceName) as ModelFiles
  const sourceIndex = names.indexOf(sourceName)
  const from = sourceIndex >= 0 ? files[sourceIndex] : readOf(sourceName, source)
  if (from === undefined || files.includes(undefined)) return undefined
  const tokenizers = files as readonly TokenizerFile[]
  const rowsIn = (input: number): number => placeOf(input, embeddings[input] ?? "")?.shape[0] ?? 0
  const other = tokenizers.findIndex(({ type }) => type !== from.type)
  if (choice.source === "union" && other >= 0) return void wrong(choice.at, `tokenizers of one type for a union: ${from.type} in ${sourceName}`, `${tokenizers[other]?.type} in ${names[other]}`)

  const known = tokenizers.map(({ ids }, i): ReadonlyMap<string, number> => {
    const rows = rowsIn(i)
    const beyond = [...ids].find(([, id]) => id >= rows)
    if (beyond === undefined) return ids
    if (!compat) wrong(choice.at, `a row of the embedding for every token of ${names[i]}`, `${JSON.stringify(beyond[0])} with row ${beyond[1]} of ${rows}`)
    return new Map([...ids].filter(([, id]) => id < rows))
  })
  const out = outputTokenizer(from, choice.source === "union" ? tokenizers.filter((one) => one !== from) : [], Object.keys(choice.tokens))
  const rules = rulesOf(choice, { names, tokenizers, known, rowsIn, wrong })
  const padding = sourceIndex < 0 || compat ? undefined : { model: sourceIndex, rows: rowsIn(sourceIndex) }
  const multiple = choice.padTo ?? 1
  const rows = multiple * Math.ceil(Math.max(1 + largest(out.ids.values()), padding?.rows ?? 0) / multiple)
  const baseIndex = base === undefined ? -1 : names.indexOf(base)
  const maps = rowMaps({ ids: out.ids, rows, models: known, base: baseIndex < 0 ? undefined : baseIndex, padding, rules })

  const made = new Map<string, RowMap | undefined>()
  const rowsOf = (input: number, tensor: string): RowMap | undefined => {
    const map = maps[input]
    if (map === undefined || !isVocabulary(tensor)) return undefined
    const key = `${input}/${tensor}`
    if (!made.has(key)) {
      const isSame = map.rows.length === placeOf(input, tensor)?.shape[0] && map.rows.every((row, i) => row === i)
      const fills = new Map([...map.fills].map(([row, holders]) => [row, holders.flatMap(({ model, row: at }) => placed(placeOf(model, tensor), model, at))]))
      made.set(key, isSame ? undefined : { rows: map.rows, fills })
    }
    return made.get(key)
  }
  const summary = {
    tokens: out.ids.size,
    rows,
    models: names.map((model, i) => ({ model, ...countRows(maps[i] as (typeof maps)[number]), lost: [...(known[i] as ReadonlyMap<string, number>).keys()].filter((token) => !out.ids.has(token)).length })),
  }
  return { rows, rowsOf, beside: filesOf(source, out), summary }
}

const placed = (place: TensorPlace | undefined, model: number, row: number): readonly { readonly model: number; readonly place: TensorPlace; readonly row: number }[] => (place === undefined ? [] : [{ model, place, row }])

interface Known extends Pick<Given, "names" | "wrong"> {
  readonly tokenizers: readonly TokenizerFile[]
  readonly known: readonly ReadonlyMap<string, number>[]
  readonly rowsIn: (input: number) => number
}

/** Rules for single tokens; what they name must be there. */
const rulesOf = ({ tokens }: TokenizerChoice, { names, known, rowsIn, wrong }: Known): ReadonlyMap<string, TokenRule> =>
  new Map(
    Object.entries(tokens).map(([token, { source, force }]): readonly [string, TokenRule] => {
      if (source === undefined || source._tag === "zero") return [token, { from: source === undefined ? undefined : [], force }]
      const at: Path = ["tokenizer", "tokens", token, "source"]
      const model = names.indexOf(source.model)
      if (model < 0) wrong(at, `one of the models that are merged: ${names.join(", ")}`, source.model)
      const wanted = source.token ?? token
      const row = source.id ?? known[model]?.get(wanted)
      if (model >= 0 && row === undefined) wrong(at, `a token that ${source.model} has`, JSON.stringify(wanted))
      else if (model >= 0 && (row as number) >= rowsIn(model)) wrong(at, `a row below the ${rowsIn(model)} of ${source.model}`, String(row))
      return [token, { from: [{ model, row: row ?? 0 }], force }]
    }),
  )

/** Files of other formats that would say something else than a larger `tokenizer.json`. */
const older = ["tokenizer.model", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt"]

const filesOf = (source: ModelFiles, { json, isLarger, added }: OutputTokenizer): MergePlan["beside"] => {
  const copied = tokenizerFiles(source)
  if (!isLarger) return copied
  const config = join(source.folder, "tokenizer_config.json")
  return {
    ...Object.fromEntries(Object.entries(copied).filter(([name]) => !older.includes(name))),
    "tokenizer.json": { text: `${JSON.stringify(json, null, 2)}\n` },
    ...(existsSync(config) ? { "tokenizer_config.json": { text: withAdded(readFileSync(config, "utf8"), added) } } : {}),
  }
}

/** As it is, where it is no JSON object with a list of added tokens. */
const withAdded = (text: string, added: OutputTokenizer["added"]): string => {
  const read = E.tryCatch(() => JSON.parse(text) as { readonly [key: string]: unknown }, String)
  if (E.isLeft(read) || typeof read.right["added_tokens_decoder"] !== "object") return text
  const more = Object.fromEntries(added.map(({ id, ...settings }) => [String(id), settings]))
  return `${JSON.stringify({ ...read.right, added_tokens_decoder: { ...(read.right["added_tokens_decoder"] as object), ...more } }, null, 2)}\n`
}
