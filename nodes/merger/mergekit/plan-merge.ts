/**
 * From a configuration and the headers of its models to a plan: which tensors come out, of what, with which params. Everything that
 * can be wrong is found here, all of it at once, before a weight is read. SPEC F6, F8.
 */
import { closest, decodeParams, fingerprintOf, layOut, type Json, type ModelFiles, type ParamIssue, type StoredDtype, type TensorPlace } from "#src"
import * as E from "fp-ts/lib/Either.js"
import type { Copy, Blend, MergePlan, PlannedModel, PlannedTensor, Source } from "../checkpoint/merge-plan.ts"
import { isFloatFormat } from "../checkpoint/load.ts"
import { arityFault } from "../method/merge-tensors.ts"
import { mergekitVariant, type Mergekit } from "../methods.ts"
import { outputConfig, tokenizerFiles } from "./beside.ts"
import { describeConfigIssue, type MergekitConfig, type Path, type Settings, type Slice } from "./config.ts"
import { isBefore, isHead, layerName, mainStack } from "./layers.ts"
import { floatDtypes } from "./parse-config.ts"
import type { YamlDocument } from "./read-yaml.ts"
import { resolveParam } from "./resolve.ts"
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

/** A tensor of the result: its name, where its sources' layers are, and the params that hold there. */
interface Target {
  readonly name: string
  readonly slice: Slice
  /** Name of the tensor in each source of the slice, and in the base. */
  readonly nameIn: (source: number | "base") => string
  readonly t: number
  /** Settings nearest first, those of a source not among them. */
  readonly chain: readonly Settings[]
  readonly layer: number | undefined
  readonly layers: number
}

/** Flags that choose among methods and are params of none. */
const flags = ["nuslerp_flatten", "nuslerp_row_wise", "filter_wise"]

/** Left: sentences, in the order of the file and then of the tensors. */
export const planMerge = ({ config, document }: { readonly config: MergekitConfig; readonly document: YamlDocument }, options: PlanOptions): Planned => {
  const issues: string[] = []
  const wrong = (path: Path, expected: string, got: string, onKey = false): void => void issues.push(describeConfigIssue(document.issue(path, expected, got, onKey)))
  const flagValues = Object.fromEntries(flags.map((flag) => [flag, resolveParam([config.settings], flag, "", 0)]))
  const known = mergekitVariant(config.method, flagValues)
  if (known === undefined) return E.left([`${config.method}: not a method`])
  const groups = groupsOf(config)
  const all = groups.flatMap(({ slices }) => slices)
  const names = [...new Set([...(config.base === undefined ? [] : [config.base]), ...all.flatMap(({ base, sources }) => [...(base === undefined ? [] : [base]), ...sources.map(({ model }) => model)])])]
  for (const name of names) if (!options.models.has(name)) issues.push(`model ${name} was not opened`)
  if (issues.length > 0) return E.left(issues)
  checkSettings(config, known, wrong)
  const inputs = names.map((name) => options.models.get(name) as ModelFiles)
  const ids = inputs.map(fingerprintOf)
  const indexOf = (name: string): number => names.indexOf(name)
  const template = inputs[indexOf(config.base ?? all[0]?.sources[0]?.model ?? "")] as ModelFiles
  const targets = groups.flatMap((group) => targetsOf(group, { config, inputs, indexOf, template, compat: options.compat, wrong }))
  const vocabulary = planVocabulary(config, { inputs, names, template, compat: options.compat, wrong })
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
    const base = slice.base ?? config.base
    const listed = slice.sources.map((source, i) => ({ source, place: placeIn(source.model, target.nameIn(i), name), name: target.nameIn(i) }))
    const baseAt = base === undefined ? undefined : slice.sources.findIndex(({ model }) => model === base)
    const basePlace = base === undefined ? undefined : baseAt === -1 ? placeIn(base, target.nameIn("base"), name) : listed[baseAt as number]?.place
    for (const { source, place, name: inModel } of listed) if (place === undefined) issues.push(`${source.model}: expected a tensor ${inModel}, as the others have, got none`)
    if (base !== undefined && basePlace === undefined) issues.push(`${base}: expected a tensor ${target.nameIn("base")}, as the others have, got none`)
    if (listed.some(({ place }) => place === undefined) || (base !== undefined && basePlace === undefined)) return undefined
    const places = listed as readonly { readonly source: (typeof listed)[number]["source"]; readonly place: Source }[]
    const first = (basePlace ?? places[0]?.place) as Source
    const shape = agreedShape(name, base === undefined ? places.map(({ source, place }) => [source.model, place] as const) : [[base, first] as const, ...places.map(({ source, place }) => [source.model, place] as const)])
    if (shape === undefined) return undefined
    const about = { name, shape, layer: target.layer, layers: target.layers }
    if (!isNumbers(first.place)) return { ...about, dtype: first.place.dtype, work: { _tag: "copy", from: first } satisfies Copy }
    const dtype = outputDtype(config, first.place)
    const values = (params: Mergekit["method"]["params"], settings: readonly Settings[], fixed: { readonly [param: string]: Json } = {}): { readonly [param: string]: Json } => ({
      ...fixed,
      ...Object.fromEntries(Object.keys(params).flatMap((param) => {
        const value = resolveParam(settings, param, name, t)
        return value === undefined ? [] : [[param, value]]
      })),
    })
    const { method } = known
    const isBase = (i: number): boolean => method.base !== "none" && i === baseAt
    const ordered = known.baseIsFirst === true ? withBaseFirst(places, base, basePlace) : places.filter((_, i) => !isBase(i))
    const models = ordered.map(({ source, place }): PlannedModel => ({
      id: ids[place.model] as string,
      source: place,
      params: decode(method.each, values(method.each, [source.settings, ...chain], known.each), pathOf(config, source.at)),
      companions: {},
    }))
    const withBase = known.baseIsFirst === true || method.base === "none" ? undefined : basePlace
    const fault = arityFault(method, models.length, known.baseIsFirst !== true && base !== undefined && (method.base !== "none" || baseAt === -1))
    if (fault !== undefined) {
      if (!arity.has(fault)) wrong(slice.at, "models that fit the method", fault)
      arity.add(fault)
      return undefined
    }
    const params = decode(method.params, values(method.params, chain, { ...known.params, ...(options.compat ? known.compat : {}) }), ["parameters"])
    return { ...about, dtype, work: { _tag: "blend", method: method.name, params, base: withBase, models } satisfies Blend }
  }
  const arity = new Set<string>()

  const placeIn = (model: string, name: string, output: string): Source | undefined => {
    const index = indexOf(model)
    const { tensors, config: about } = inputs[index] as ModelFiles
    // A head that is tied to the embedding is not stored; its numbers are those of the embedding.
    const place = tensors.get(name) ?? (isHead(name) && about["tie_word_embeddings"] !== false ? embeddingOf(inputs[index] as ModelFiles) : undefined)
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

  const tensors = targets.flatMap((target) => tensorOf(target) ?? [])
  if (issues.length > 0) return E.left([...new Set(issues)])
  const layout = layOut(tensors, options.shardBytes)
  const isTied = !tensors.some(({ name }) => isHead(name))
  const about = outputConfig(template, { layers: mainStack({ ...template, tensors: new Map(tensors.map((tensor) => [tensor.name, tensor as unknown as TensorPlace])) }, "").layers, dtype: config.outDtype ?? config.dtype, rows: vocabulary?.rows, isTied })
  return E.right({ inputs, tensors, layout, seed: options.seed, beside: { ...tokenizerFiles(template), ...about, ...vocabulary?.beside } })
}

const vocabularyLike = (name: string): boolean => isHead(name) || isBefore(name)

/** Slices by the beginnings of names; one group with all names, unless there are modules. */
const groupsOf = ({ slices, modules }: MergekitConfig): readonly Group[] =>
  slices.length > 0 ? [{ prefix: "", slices, settings: [] }] : Object.entries(modules).map(([name, module]) => ({ prefix: `${name}.`, slices: module.slices, settings: [module.settings] }))

interface Group {
  readonly prefix: string
  readonly slices: readonly Slice[]
  readonly settings: readonly Settings[]
}

interface Models {
  readonly config: MergekitConfig
  readonly inputs: readonly ModelFiles[]
  readonly indexOf: (name: string) => number
  readonly template: ModelFiles
  readonly compat: boolean
  readonly wrong: (path: Path, expected: string, got: string) => void
}

const targetsOf = (group: Group, { config, inputs, indexOf, template, compat, wrong }: Models): readonly Target[] => {
  // A module of another name than its tensors have is the whole model.
  const prefix = [...template.tensors.keys()].some((name) => name.startsWith(group.prefix)) ? group.prefix : ""
  const main = mainStack(template, prefix)
  const chainOf = (slice: Slice): readonly Settings[] => [slice.settings, ...group.settings, config.settings]
  let next = 0
  const inLayers = group.slices.flatMap((slice) => {
    const ranges = slice.sources.map(({ model, layers }) => layers ?? ([0, mainStack(inputs[indexOf(model)] as ModelFiles, prefix).layers] as const))
    slice.sources.forEach(({ model, at }, i) => {
      const has = mainStack(inputs[indexOf(model)] as ModelFiles, prefix).layers
      const range = ranges[i] as readonly [number, number]
      if (range[1] > has) wrong([...at, "layer_range"], `at most the ${has} layers of ${model}`, `[${range.join(", ")}]`)
    })
    const [from, behind] = ranges[0] ?? [0, 0]
    const extent = behind - from
    const leader = inputs[indexOf(slice.sources[0]?.model ?? "")] as ModelFiles
    const rests = new Map<number, string[]>()
    for (const name of leader.tensors.keys()) {
      const at = layerName(name)
      if (at?.stack === main.stack) rests.set(at.layer, [...(rests.get(at.layer) ?? []), at.rest])
    }
    const targets = Array.from({ length: extent }, (_, j) =>
      (rests.get(from + j) ?? []).map((rest): Target => ({
        name: `${main.stack}${next + j}${rest}`,
        slice,
        nameIn: (source) => `${main.stack}${(source === "base" ? from : (ranges[source] as readonly [number, number])[0]) + j}${rest}`,
        t: extent > 1 ? j / (extent - 1) : 1,
        chain: chainOf(slice),
        layer: next + j,
        layers: 0,
      })),
    ).flat()
    next += extent
    return targets
  })
  const [first, last] = [group.slices[0], group.slices.at(-1)] as [Slice, Slice]
  const outside = new Set([...template.tensors.keys()].filter((name) => name.startsWith(prefix) && layerName(name)?.stack !== main.stack))
  // A head that some models have and the template only ties is merged too.
  for (const { model } of last.sources) for (const name of (inputs[indexOf(model)] as ModelFiles).tensors.keys()) if (name.startsWith(prefix) && isHead(name)) outside.add(name)
  const around = [...outside].map((name): Target => {
    const before = isBefore(name)
    const slice = before ? first : last
    return { name, slice, nameIn: () => name, t: before || compat ? 0 : 1, chain: chainOf(slice), layer: undefined, layers: 0 }
  })
  reportExtras(group, prefix, main.stack, template, inputs, indexOf, outside, wrong)
  return [...around.filter(({ name }) => isBefore(name)), ...inLayers.map((target) => ({ ...target, layers: next })), ...around.filter(({ name }) => !isBefore(name))]
}

/** Tensors that a model has and the others have not would silently be lost. */
const reportExtras = (group: Group, prefix: string, stack: string, template: ModelFiles, inputs: readonly ModelFiles[], indexOf: (name: string) => number, outside: ReadonlySet<string>, wrong: Models["wrong"]): void => {
  for (const { sources } of group.slices) {
    for (const { model, at } of sources) {
      const extra = [...(inputs[indexOf(model)] as ModelFiles).tensors.keys()].find((name) => {
        const place = layerName(name)
        if (!name.startsWith(prefix)) return false
        return place?.stack === stack ? ![...Array(mainStack(template, prefix).layers).keys()].some((layer) => template.tensors.has(`${stack}${layer}${place.rest}`)) : !outside.has(name)
      })
      if (extra !== undefined) wrong(at, `the tensors of ${template.path}`, `a tensor ${extra} beside them in ${model}`)
    }
  }
}

const embeddingOf = ({ tensors }: ModelFiles): TensorPlace | undefined => [...tensors.values()].find(({ name }) => /embed_tokens|\bwte\b|tok_embeddings|word_embeddings|embed_in/.test(name))

const isNumbers = ({ dtype, affine }: TensorPlace): boolean => affine !== undefined || isFloatFormat(dtype) || dtype === "F8_E4M3" || dtype === "F8_E5M2"

const outputDtype = ({ outDtype, dtype }: MergekitConfig, place: TensorPlace): StoredDtype => {
  const named = outDtype ?? dtype
  return named !== undefined ? (floatDtypes[named] as StoredDtype) : isFloatFormat(place.dtype) && place.affine === undefined ? place.dtype : "F32"
}

/** The base and the one other model, in this order. */
const withBaseFirst = <A extends { readonly source: { readonly model: string }; readonly place: Source }>(places: readonly A[], base: string | undefined, basePlace: Source | undefined): readonly A[] => {
  const others = places.filter(({ source }) => source.model !== base)
  const own = places.find(({ source }) => source.model === base)
  const first = own ?? (basePlace === undefined || others[0] === undefined ? undefined : ({ ...others[0], source: { ...others[0].source, model: base }, place: basePlace } as A))
  return first === undefined ? others : [first, ...others]
}

const pathOf = (_: MergekitConfig, at: Path): Path => [...at, "parameters"]

/** Params that the method does not have. */
const checkSettings = (config: MergekitConfig, { method, ignored = [] }: Mergekit, wrong: (path: Path, expected: string, got: string, onKey?: boolean) => void): void => {
  const names = [...Object.keys(method.params), ...Object.keys(method.each), ...ignored, ...flags]
  const check = (settings: Settings, at: Path): void => {
    for (const name of Object.keys(settings)) {
      if (names.includes(name)) continue
      const near = closest(name, names)
      wrong([...at, "parameters", name], `a param of ${config.method}: ${names.filter((one) => !flags.includes(one)).join(", ") || "it has none"}${near === undefined ? "" : `; did you mean ${near}?`}`, `an unknown param ${name}`, true)
    }
  }
  check(config.settings, [])
  for (const { slices } of groupsOf(config)) {
    for (const { settings, at, sources } of slices) {
      if (at[0] !== "models") check(settings, at)
      for (const source of sources) check(source.settings, source.at)
    }
  }
}
