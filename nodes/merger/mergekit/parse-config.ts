/** mergekit's YAML, checked: keys and types, all that is wrong at once, each with its line and column. SPEC F8. */
import { closest } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { methodNames } from "../methods.ts"
import type { ConfigIssue, MergekitConfig, ModelUse, Path, Setting, Settings, Slice, SliceSource, TokenizerChoice, TokenSource, Value } from "./config.ts"
import { nearMiss } from "./near-miss.ts"
import { everyParam } from "./params-of-method.ts"
import { readYaml, type YamlDocument } from "./read-yaml.ts"

const topKeys = ["name", "merge_method", "base_model", "models", "slices", "modules", "parameters", "dtype", "out_dtype", "arithmetic", "tokenizer_source", "tokenizer", "chat_template"]
/** As what is stored alone: matrices of layers get scales. */
export const int8 = "int8"
export const floatDtypes: { readonly [name: string]: "F32" | "F16" | "BF16" | "F64" } = { float32: "F32", float16: "F16", bfloat16: "BF16", float64: "F64" }

/** The documents of a file, one a stage. */
export const parseConfig = (file: string, text: string): E.Either<readonly ConfigIssue[], readonly { readonly config: MergekitConfig; readonly document: YamlDocument }[]> => {
  const documents = readYaml(file, text)
  if (E.isLeft(documents)) return documents
  const found: ConfigIssue[] = []
  const stages = documents.right.filter(({ value }) => value !== null).map((document) => ({ config: readConfig(document, found), document }))
  if (stages.length === 0) found.push({ _tag: "ConfigIssue", file, line: 1, column: 1, at: "", expected: "a merge: merge_method and models, slices or modules", got: "nothing" })
  const unnamed = stages.filter(({ config }) => config.name === undefined)
  if (unnamed.length > 1) for (const { document } of unnamed) found.push(document.issue([], "a name for each document of several but the one that makes the result", "none"))
  const names = stages.map(({ config }) => config.name)
  stages.forEach(({ config, document }, i) => {
    if (config.name !== undefined && names.indexOf(config.name) < i) found.push(document.issue(["name"], "every name once", JSON.stringify(config.name)))
  })
  return found.length > 0 ? E.left(found) : E.right(stages)
}

type Fields = { readonly [key: string]: unknown }

/** Reads one document; what is wrong goes to `found`, and what is returned is used only if nothing is. */
const readConfig = (document: YamlDocument, found: ConfigIssue[]): MergekitConfig => {
  const wrong = (path: Path, expected: string, got: unknown, onKey = false): undefined => void found.push(document.issue(path, expected, typeof got === "string" && onKey ? got : shown(got), onKey))
  const passedOver: Path[] = []
  const fields = (path: Path, value: unknown, keys: readonly string[] | undefined): Fields => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return (wrong(path, "a mapping", value), {})
    if (keys !== undefined) {
      for (const key of Object.keys(value)) {
        if (keys.includes(key)) continue
        const at = [...path, key]
        const isHolder = document.isHolder(at)
        const near = everyParam.has(key) ? undefined : nearMiss(key, keys, isHolder)
        if (near !== undefined) wrong(at, `one of ${keys.join(", ")}; did you mean ${near}?`, `an unknown key ${key}`, true)
        else if (!isHolder) passedOver.push(at)
      }
    }
    return value as Fields
  }
  const text = (path: Path, value: unknown): string => (typeof value === "string" && value !== "" ? value : (wrong(path, "a text", value), ""))
  const optionalText = (path: Path, value: unknown): string | undefined => (value === undefined || value === null ? undefined : text(path, value))
  const list = (path: Path, value: unknown): readonly unknown[] => (Array.isArray(value) && value.length > 0 ? value : (wrong(path, "a list that is not empty", value), []))

  const model = (path: Path, value: unknown): string => {
    const named = typeof value === "object" && value !== null && typeof (value as Fields)["model"] === "object" ? pathOf(value as Fields) : value
    const name = text(path, named)
    if (name.split("+").length > 2 || name.startsWith("+") || name.endsWith("+")) wrong(path, "a model, or a model + a LoRA adapter", name)
    return name
  }
  const setting = (path: Path, value: unknown): Setting => {
    if (isValue(value)) return { _tag: "value", value }
    if (!Array.isArray(value) || value.length === 0) return (wrong(path, "a number, a text, true or false, a gradient such as [0, 0.5, 1], or a list of filter and value", value), { _tag: "value", value: 0 })
    if (value.every(isValue)) return { _tag: "gradient", values: value }
    return {
      _tag: "filtered",
      cases: value.map((item, i) => {
        // A bare value among the cases counts for every tensor, as one without a filter does.
        if (isValue(item)) return { filter: undefined, setting: { _tag: "value", value: item } }
        const at = [...path, i]
        const { filter, value: inner } = fields(at, item, ["filter", "value"])
        return { filter: filter === "*" ? undefined : optionalText([...at, "filter"], filter), setting: setting([...at, "value"], inner) }
      }),
    }
  }
  const settings = (path: Path, value: unknown): Settings =>
    value === undefined || value === null ? {} : Object.fromEntries(Object.entries(fields(path, value, undefined)).map(([name, one]) => [name, setting([...path, name], one)]))

  const beside = (path: Path, value: unknown): ModelUse["companions"] =>
    value === undefined || value === null ? {} : Object.fromEntries(Object.entries(fields(path, value, undefined)).map(([name, one]) => [name, text([...path, name], one)]))
  const use = (path: Path, value: unknown): ModelUse => {
    const { model: name, parameters, companions } = fields(path, value, ["model", "parameters", "companions"])
    return { model: model([...path, "model"], name), settings: settings([...path, "parameters"], parameters), companions: beside([...path, "companions"], companions), at: path }
  }
  const source = (path: Path, value: unknown): SliceSource => {
    const { model: name, layer_range: range, parameters, companions } = fields(path, value, ["model", "layer_range", "parameters", "companions"])
    const isRange = Array.isArray(range) && range.length === 2 && range.every((n) => Number.isSafeInteger(n) && (n as number) >= 0) && (range[0] as number) < (range[1] as number)
    if (range !== undefined && !isRange) wrong([...path, "layer_range"], "[first, behind the last] in whole numbers", range)
    return { model: model([...path, "model"], name), layers: isRange ? (range as [number, number]) : undefined, settings: settings([...path, "parameters"], parameters), companions: beside([...path, "companions"], companions), at: path }
  }
  const slice = (path: Path, value: unknown): Slice => {
    const { sources, base_model: base, parameters, residual_weight: residual } = fields(path, value, ["sources", "base_model", "parameters", "residual_weight"])
    if (residual !== undefined) wrong([...path, "residual_weight"], "no residual_weight: it is not part of what is stored", residual)
    const read = list([...path, "sources"], sources).map((item, i) => source([...path, "sources", i], item))
    const extents = new Set(read.map(({ layers }) => (layers === undefined ? -1 : layers[1] - layers[0])))
    if (extents.size > 1) wrong([...path, "sources"], "as many layers from each source", read.map(({ layers }) => layers ?? "all"))
    return { sources: read, base: base === undefined || base === null ? undefined : model([...path, "base_model"], base), settings: settings([...path, "parameters"], parameters), at: path }
  }

  const top = fields([], document.value, topKeys)
  const given = ["models", "slices", "modules"].filter((key) => top[key] !== undefined && top[key] !== null)
  if (given.length !== 1) wrong([], "one of models, slices and modules", given.length === 0 ? "none" : given.join(" and "))
  if (top["tokenizer"] !== undefined && top["tokenizer_source"] !== undefined) wrong(["tokenizer"], "either tokenizer or tokenizer_source", "both", true)
  const dtype = (key: string, names: readonly string[]): string | undefined => {
    // As PyTorch prints it, too.
    const name = optionalText([key], top[key])?.replace(/^torch\./, "")
    if (name !== undefined && !names.includes(name)) wrong([key], `one of ${names.join(", ")}`, name)
    return name
  }
  const wholeModels = (path: Path, value: unknown): Slice => ({ sources: list(path, value).map((item, i) => ({ ...use([...path, i], item), layers: undefined })), base: undefined, settings: {}, at: path })
  const modules = given[0] === "modules" ? Object.entries(fields(["modules"], top["modules"], undefined)) : []
  return {
    name: optionalText(["name"], top["name"]),
    method: method(text(["merge_method"], top["merge_method"])),
    base: top["base_model"] === undefined || top["base_model"] === null ? undefined : model(["base_model"], top["base_model"]),
    slices:
      given[0] === "models" ? [wholeModels(["models"], top["models"])]
      : given[0] === "slices" ? list(["slices"], top["slices"]).map((item, i) => slice(["slices", i], item))
      : [],
    modules: Object.fromEntries(
      modules.map(([name, value]) => {
        const at: Path = ["modules", name]
        const { slices, models: whole, parameters } = fields(at, value, ["slices", "models", "parameters"])
        if ((slices === undefined) === (whole === undefined)) wrong(at, "one of slices and models", slices === undefined ? "none" : "both")
        const own = slices === undefined ? [wholeModels([...at, "models"], whole)] : list([...at, "slices"], slices).map((item, i) => slice([...at, "slices", i], item))
        return [name, { slices: own, settings: settings([...at, "parameters"], parameters) }]
      }),
    ),
    settings: settings(["parameters"], top["parameters"]),
    dtype: dtype("dtype", Object.keys(floatDtypes)),
    outDtype: dtype("out_dtype", [...Object.keys(floatDtypes), int8]),
    arithmetic: arithmetic(),
    tokenizer: tokenizer(),
    chatTemplate: optionalText(["chat_template"], top["chat_template"]),
    passedOver,
  }

  function arithmetic(): "f32" | "f64" {
    const name = optionalText(["arithmetic"], top["arithmetic"]) ?? "float64"
    if (name !== "float32" && name !== "float64") wrong(["arithmetic"], "float64 or float32", name)
    return name === "float32" ? "f32" : "f64"
  }

  function method(name: string): string {
    if (name === "" || methodNames.includes(name)) return name
    const near = closest(name, methodNames)
    wrong(["merge_method"], `one of ${methodNames.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`, name)
    return name
  }

  function tokenizer(): TokenizerChoice | undefined {
    const simple = optionalText(["tokenizer_source"], top["tokenizer_source"])
    if (simple !== undefined) return { source: simple, at: ["tokenizer_source"], tokens: {}, padTo: undefined }
    if (top["tokenizer"] === undefined || top["tokenizer"] === null) return undefined
    const { source: from, tokens, pad_to_multiple_of: padTo } = fields(["tokenizer"], top["tokenizer"], ["source", "tokens", "pad_to_multiple_of"])
    if (padTo !== undefined && padTo !== null && !(Number.isSafeInteger(padTo) && (padTo as number) > 0)) wrong(["tokenizer", "pad_to_multiple_of"], "a whole number above 0", padTo)
    const chosen = tokens === undefined || tokens === null ? {} : fields(["tokenizer", "tokens"], tokens, undefined)
    return {
      source: optionalText(["tokenizer", "source"], from) ?? "union",
      at: ["tokenizer", "source"],
      tokens: Object.fromEntries(Object.entries(chosen).map(([token, value]) => [token, tokenOf(["tokenizer", "tokens", token], value)])),
      padTo: Number.isSafeInteger(padTo) ? (padTo as number) : undefined,
    }
  }

  function tokenOf(path: Path, value: unknown): { readonly source: TokenSource | undefined; readonly force: boolean } {
    const { source: from, force } = fields(path, value, ["source", "force"])
    if (force !== undefined && typeof force !== "boolean") wrong([...path, "force"], "true or false", force)
    if (from === undefined || from === null) return { source: undefined, force: force === true }
    const at = [...path, "source"]
    if (typeof from === "string") return { source: { _tag: "model", model: from }, force: force === true }
    const { kind, model: name, token, token_id: id } = fields(at, from, ["kind", "model", "token", "token_id"])
    if (kind === "zero") return { source: { _tag: "zero" }, force: force === true }
    if (kind !== "model_token" || (token === undefined) === (id === undefined)) wrong(at, "a model, {kind: zero}, or {kind: model_token, model, and token or token_id}", from)
    if (id !== undefined && !(Number.isSafeInteger(id) && (id as number) >= 0)) wrong([...at, "token_id"], "a whole number from 0", id)
    return { source: { _tag: "model", model: text([...at, "model"], name), ...(token === undefined ? { id: id as number } : { token: text([...at, "token"], token) }) }, force: force === true }
  }
}

/** mergekit's long form of a model: `{model: {path, revision}, lora: {path, revision}}`. */
const pathOf = ({ model, lora }: Fields): unknown => {
  const [base, adapter] = [model, lora].map((of) => {
    const { path, revision } = (of ?? {}) as Fields
    return typeof path === "string" && typeof revision === "string" ? `${path}@${revision}` : path
  })
  return adapter === undefined ? base : `${String(base)}+${String(adapter)}`
}

const isValue = (value: unknown): value is Value => typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))

const shown = (value: unknown): string => {
  const text = value === undefined ? "nothing" : typeof value === "string" ? value : typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
