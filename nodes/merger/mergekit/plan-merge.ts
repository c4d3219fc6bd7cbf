/**
 * From a configuration and the headers of its models to a plan: which tensors come out, of what, with which params. Everything that
 * can be wrong is found here, all of it at once, before a weight is read. SPEC F6, F8.
 */
import { decodeParams, fingerprintOf, layOut, sizeOf, type Json, type ModelFiles, type NewTensor, type ParamIssue, type StoredDtype, type TensorPlace } from "#src"
import * as E from "fp-ts/lib/Either.js"
import type { Copy, Blend, MergePlan, PlannedModel, PlannedTensor, Source } from "../checkpoint/merge-plan.ts"
import { isFloatFormat } from "../checkpoint/load.ts"
import { arityFault } from "../method/merge-tensors.ts"
import type { Mergekit } from "../methods.ts"
import { outputConfig, tokenizerFiles } from "./beside.ts"
import { chatTemplate, withTemplate } from "./chat-template.ts"
import { compatSources } from "./compat-sources.ts"
import { describeConfigIssue, type MergekitConfig, type Path, type Settings, type Slice, type SliceSource } from "./config.ts"
import { isBefore, isHead, isVocabulary, mainStack } from "./layers.ts"
import { checkParams, methodAt, methodOf } from "./params-of-method.ts"
import { floatDtypes, int8 } from "./parse-config.ts"
import type { YamlDocument } from "./read-yaml.ts"
import { isNumbers, numbersFault, quantisedFault } from "./numeric.ts"
import { resolveParam } from "./resolve.ts"
import { groupsOf, targetsOf, type Target } from "./targets.ts"
import { planVocabulary } from "./vocabulary.ts"

export interface PlanOptions {
  /** By the names that the configuration has for them. */
  readonly models: ReadonlyMap<string, ModelFiles>
  /** Do as mergekit does, also where that is a known defect. */
  readonly compat: boolean
  readonly seed: string
  readonly shardBytes?: number
}

export type Planned = E.Either<readonly string[], MergePlan>

/** Left: sentences, in the order of the file and then of the tensors. */
export const planMerge = ({ config, document }: { readonly config: MergekitConfig; readonly document: YamlDocument }, options: PlanOptions): Planned => {
  const issues: string[] = []
  const wrong = (path: Path, expected: string, got: string, onKey = false): void => void issues.push(describeConfigIssue(document.issue(path, expected, got, onKey)))
  const named = methodOf(config)
  if (named === undefined) return E.left([`${config.method}: not a method`])
  const groups = groupsOf(config)
  const all = groups.flatMap(({ slices }) => slices)
  const names = [...new Set([...(config.base === undefined ? [] : [config.base]), ...all.flatMap(({ base, sources }) => [...(base === undefined ? [] : [base]), ...sources.map(({ model }) => model)])])]
  for (const name of names) if (!options.models.has(name)) issues.push(`model ${name} was not opened`)
  if (issues.length > 0) return E.left(issues)
  checkParams(config, named, wrong)
  issues.push(...names.flatMap((name) => quantisedFault(options.models.get(name) as ModelFiles) ?? []))
  // Companions come after the models: a name that is both is a model.
  const opened = [...new Set([...names, ...all.flatMap(({ sources }) => sources.flatMap(({ companions }) => Object.values(companions)))])]
  const inputs = opened.map((name) => options.models.get(name) as ModelFiles)
  const fingerprints = inputs.map(fingerprintOf)
  const indexOf = (name: string): number => opened.indexOf(name)
  const template = inputs[indexOf(config.base ?? all[0]?.sources[0]?.model ?? "")] as ModelFiles
  const targets = targetsOf(groups, { config, inputs, indexOf, template, compat: options.compat, wrong })
  const storedIn = (index: number, name: string): TensorPlace | undefined => {
    const input = inputs[index] as ModelFiles
    // A head that is tied to the embedding is not stored; its numbers are those of the embedding.
    return input.tensors.get(name) ?? (isHead(name) && input.config["tie_word_embeddings"] !== false ? embeddingOf(input) : undefined)
  }
  const vocabulary = planVocabulary(config, { inputs: inputs.slice(0, names.length), names, models: options.models, template, compat: options.compat, wrong, placeOf: storedIn })
  if (issues.length > 0 && config.tokenizer !== undefined) return E.left(issues)
  const decoded = new Map<string, { readonly [param: string]: Json } | undefined>()
  const decode = (params: Mergekit["method"]["params"], values: { readonly [param: string]: Json }, path: Path): { readonly [param: string]: Json } => {
    const key = JSON.stringify([Object.keys(params), values, path])
    if (!decoded.has(key)) {
      const read = decodeParams(params, values)
      if (E.isLeft(read)) for (const { param, expected, got } of read.left as readonly ParamIssue[]) wrong([...path, param], expected, got)
      decoded.set(key, E.isRight(read) ? read.right : undefined)
    }
    return decoded.get(key) ?? {}
  }

  const tensorOf = (target: Target): PlannedTensor | undefined => {
    const { name, slice, t, chain } = target
    const known = methodAt(config, chain, name, t) as Mergekit
    const base = slice.base ?? config.base
    const baseAmong = base === undefined ? undefined : slice.sources.findIndex(({ model }) => model === base)
    const joins = base !== undefined && baseAmong === -1 && known.baseIsModel === true && slice.sources.every(({ layers }) => layers === undefined)
    const listed = [
      ...slice.sources.map((source, i) => ({ source, place: placeIn(source.model, target.nameIn(i), name), name: target.nameIn(i) })),
      ...(joins ? [{ source: { model: base, layers: undefined, settings: {}, companions: {}, at: baseOf(slice) }, place: placeIn(base, target.nameIn("base"), name), name: target.nameIn("base") }] : []),
    ]
    const baseAt = joins ? slice.sources.length : baseAmong
    const storedBase = base === undefined ? undefined : baseAt === -1 ? placeIn(base, target.nameIn("base"), name) : listed[baseAt as number]?.place
    for (const { source, place, name: inModel } of listed) if (place === undefined) issues.push(`${source.model}: expected a tensor ${inModel}, as the others have, got none`)
    if (base !== undefined && storedBase === undefined) issues.push(`${base}: expected a tensor ${target.nameIn("base")}, as the others have, got none`)
    if (listed.some(({ place }) => place === undefined) || (base !== undefined && storedBase === undefined)) return undefined
    const method = options.compat ? (known.compatMethod ?? known.method) : known.method
    const stored = listed.map(({ place }) => place as Source)
    const [sources, basePlace] = options.compat ? compatSources(stored, storedBase, { dtype: config.dtype === undefined ? undefined : floatDtypes[config.dtype], isVocabulary: isVocabulary(name), lengths: known.lengths }) : [stored, storedBase]
    const places = listed.map(({ source, name: inModel }, i) => ({ source, name: inModel, place: sources[i] as Source }))
    const first = (basePlace ?? places[0]?.place) as Source
    const shape = agreedShape(name, base === undefined ? places.map(({ source, place }) => [source.model, place] as const) : [[base, first] as const, ...places.map(({ source, place }) => [source.model, place] as const)])
    if (shape === undefined) return undefined
    const unlike = numbersFault(name, [...(base === undefined ? [] : [[base, first.place] as const]), ...places.map(({ source, place }) => [source.model, place.place] as const)])
    if (unlike !== undefined) return void issues.push(unlike)
    const about = { name, shape, layer: target.layer, layers: target.layers }
    if (!isNumbers(first.place)) return { ...about, dtype: first.place.dtype, work: { _tag: "copy", from: first, passedOver: places.flatMap(({ place }) => (place.model === first.model && place.place === first.place ? [] : place)) } satisfies Copy }
    const dtype = isQuantised(config, target, shape) ? "I8" : outputDtype(config, base === undefined ? places.map(({ place }) => place.place) : [first.place])
    const values = (params: Mergekit["method"]["params"], settings: readonly Settings[], of: string, fixed: { readonly [param: string]: Json } = {}): { readonly [param: string]: Json } => ({
      ...fixed,
      ...Object.fromEntries(Object.keys(params).flatMap((param) => {
        const value = resolveParam(settings, param, of, t)
        return value === undefined ? [] : [[param, known.means?.[param]?.[String(value)] ?? value]]
      })),
    })
    const isBase = (i: number): boolean => method.base !== "none" && i === baseAt
    const ordered = known.baseIsFirst === true ? withBaseFirst(places, base, basePlace) : places.filter((_, i) => !isBase(i))
    const models = ordered.map(({ source, place, name: inModel }): PlannedModel => ({
      id: fingerprints[place.model] as string,
      source: place,
      params: decode(method.each, values(method.each, [source.settings, ...chain], inModel, known.each), [...source.at, "parameters"]),
      companions: companionsOf(source, inModel, name, known),
    }))
    const withBase = known.baseIsFirst === true || method.base === "none" ? undefined : basePlace
    const strange = base !== undefined && method.base === "none" && baseAt === -1 && known.baseIsFirst !== true
    const misfit = arityFault(method, models.length, base !== undefined && method.base !== "none")
    const fault = misfit ?? (strange ? arityFault(method, models.length, true) : undefined)
    if (fault !== undefined) {
      if (!arity.has(fault)) wrong(misfit === undefined ? baseOf(slice) : slice.at, "models that fit the method", fault)
      arity.add(fault)
      return undefined
    }
    const params = decode(method.params, values(method.params, chain, name, { ...known.params, ...(options.compat ? { ...known.compat, ...arithmeticOf(method, config, first.place) } : {}) }), ["parameters"])
    return { ...about, dtype, work: { _tag: "blend", method: method.name, ...arithmetic, params, base: withBase, models } satisfies Blend }
  }
  const arithmetic = config.arithmetic === "f32" ? { arithmetic: "f32" as const } : {}
  const arity = new Set<string>()

  const companionsOf = ({ companions, model, at }: SliceSource, inModel: string, output: string, known: Mergekit): PlannedModel["companions"] => {
    const wanted = known.method.companions ?? []
    for (const lacking of wanted.filter((one) => companions[one] === undefined)) wrong(at, `companions: {${lacking}: PATH}, tensors that ${known.method.name} needs beside ${model}`, "none")
    return Object.fromEntries(
      Object.entries(companions).flatMap(([companion, path]) => {
        if (!wanted.includes(companion)) return (wrong([...at, "companions", companion], wanted.length === 0 ? `no companions of ${known.method.name}` : wanted.join(", "), companion, true), [])
        const index = indexOf(path)
        const place = storedIn(index, inModel)
        if (place === undefined) return (issues.push(`${path}: expected a tensor ${inModel}, as in ${model}, got none`), [])
        const rows = vocabulary?.rowsOf(indexOf(model), output)
        // A token that the model has not weighs nothing.
        return [[companion, { model: index, place, ...(rows === undefined ? {} : { rows: { rows: rows.rows, fills: new Map() } }) } satisfies Source]]
      }),
    )
  }

  const placeIn = (model: string, name: string, output: string): Source | undefined => {
    const index = indexOf(model)
    const place = storedIn(index, name)
    if (place === undefined) return undefined
    const rows = vocabulary?.rowsOf(index, output)
    return { model: index, place, ...(rows === undefined ? {} : { rows }) }
  }
  const agreedShape = (name: string, places: readonly (readonly [model: string, source: Source])[]): readonly number[] | undefined => {
    const shapes = places.map(([model, { place, rows }]) => [model, rows === undefined ? place.shape : [rows.rows.length, ...place.shape.slice(1)], place] as const)
    const [first, ...rest] = shapes
    const other = rest.find(([, shape]) => shape.join() !== first?.[1].join())
    if (first === undefined || other === undefined) return first?.[1]
    const remedy = first[1].slice(1).join() === other[1].slice(1).join() && vocabularyLike(name) ? "; for models of different vocabularies say tokenizer: {source: union}" : ""
    issues.push(`${other[0]}: tensor ${name}: expected [${first[1].join(", ")}], as in ${first[0]}, got [${other[1].join(", ")}]${remedy}`)
    return undefined
  }

  const chat = config.chatTemplate === undefined ? E.right(undefined) : chatTemplate(config.chatTemplate, inputs.slice(0, names.length))
  if (E.isLeft(chat)) wrong(["chat_template"], chat.left, config.chatTemplate ?? "")
  const merged = targets.flatMap((target) => tensorOf(target) ?? [])
  const quantised = merged.filter(({ dtype, work }) => dtype === "I8" && work._tag === "blend")
  if (config.outDtype === int8 && quantised.length === 0) wrong(["out_dtype"], "matrices in numbered layers, which are what int8 is for", "none in the result")
  if (issues.length > 0) return E.left([...new Set(issues)])
  const tensors = merged.map((tensor) => (quantised.includes(tensor) ? { ...tensor, scales: merged.length + quantised.indexOf(tensor) } : tensor))
  const layout = layOut([...tensors, ...quantised.map(scalesOf)], options.shardBytes)
  const isTied = !tensors.some(({ name }) => isHead(name))
  const about = outputConfig(template, { layers: mainStack({ ...template, tensors: new Map(tensors.map((tensor) => [tensor.name, tensor as unknown as TensorPlace])) }).layers, dtype: floatName(config) ?? changedName(tensors, template), isQuantised: quantised.length > 0, rows: tensors.find(({ name }) => isVocabulary(name) && !isHead(name))?.shape[0], isTied })
  const beside = vocabulary?.beside ?? tokenizerFiles(template)
  const spoken = E.isRight(chat) && chat.right !== undefined ? withTemplate(beside, chat.right) : beside
  const summary = vocabulary === undefined ? {} : { vocabulary: vocabulary.summary }
  return E.right({ inputs, fingerprints, tensors, layout, seed: options.seed, beside: { ...spoken, ...about }, ...summary })
}

/** Where it is said which model is the base. */
const baseOf = ({ base, at }: Slice): Path => (base === undefined ? ["base_model"] : [...at, "base_model"])

const vocabularyLike = (name: string): boolean => isHead(name) || isBefore(name)

const embeddingOf = ({ tensors }: ModelFiles): TensorPlace | undefined => [...tensors.values()].find(({ name }) => /embed_tokens|\bwte\b|tok_embeddings|word_embeddings|embed_in/.test(name))

/** Of matrices in layers: embeddings, heads, norms and biases stay floats. */
const isQuantised = ({ outDtype }: MergekitConfig, { name, layer }: Target, shape: readonly number[]): boolean => outDtype === int8 && layer !== undefined && shape.length === 2 && name.endsWith("weight")

const scalesOf = ({ name, shape }: PlannedTensor): NewTensor => ({ name: `${name}_scale`, dtype: "F32", shape: [shape[0] as number, 1] })

/** Of what is not quantised, where the configuration names one. */
const floatName = ({ outDtype, dtype }: MergekitConfig): string | undefined => (outDtype === int8 ? dtype : (outDtype ?? dtype))

/** Of models that are stored in several ways one that holds them all, whichever is listed first. */
const outputDtype = (config: MergekitConfig, places: readonly TensorPlace[]): StoredDtype => {
  const named = floatName(config)
  if (named !== undefined) return floatDtypes[named] as StoredDtype
  const [first = "F32", ...others] = new Set(places.map(({ dtype }) => (isFloatFormat(dtype) ? dtype : "F32")))
  return others.length === 0 ? first : [first, ...others].includes("F64") ? "F64" : "F32"
}

/** As what the largest tensor is stored, where that is another dtype than the template's: what models differ in, the result says. */
const changedName = (tensors: readonly PlannedTensor[], template: ModelFiles): string | undefined => {
  const [largest] = [...tensors].sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape))
  const before = largest === undefined ? undefined : template.tensors.get(largest.name)?.dtype
  return before === undefined || before === largest?.dtype ? undefined : Object.keys(floatDtypes).find((name) => floatDtypes[name] === largest?.dtype)
}

/** The base and the one other model, in this order. */
const withBaseFirst = <A extends { readonly source: { readonly model: string }; readonly place: Source }>(places: readonly A[], base: string | undefined, basePlace: Source | undefined): readonly A[] => {
  const others = places.filter(({ source }) => source.model !== base)
  const own = places.find(({ source }) => source.model === base)
  const first = own ?? (basePlace === undefined || others[0] === undefined ? undefined : ({ ...others[0], source: { ...others[0].source, model: base }, place: basePlace } as A))
  return first === undefined ? others : [first, ...others]
}

/** The format in which mergekit calculates, of a method that can do likewise. */
const arithmeticOf = ({ params }: Mergekit["method"], { dtype }: MergekitConfig, { dtype: stored }: TensorPlace): { readonly [param: string]: Json } => {
  if (!("arithmetic" in params)) return {}
  const as = dtype === undefined ? stored : floatDtypes[dtype]
  return { arithmetic: as === "BF16" ? "bf16" : as === "F16" ? "f16" : "f32" }
}
