/**
 * The nodes that a merge which keeps its parts is made of (`kept-merge.ts`), for any method: what is looked at of a model, the merge by what was
 * looked at, sums of groups of models, and what is made of all sums. SPEC M3, M6.
 */
import * as t from "io-ts"
import {
  canonical, choice, defineExpansion, defineKind, integer, lazy, many, must, ndarray, NodeFailure, one, optional, random, sizeOf, structured, tensorsPort, type Builder, type Dtype, type Json, type Kind, type NdArray, type Output,
  type PortValue, type RunContext, type Tensors, type TensorsValue,
} from "#src"
import { describedAs, done, identityOf, mergeOf, valuesAt, type Weighable } from "../merge-kind.ts"
import { misfitOf, type Merge } from "../method/merge-tensors.ts"
import type { Method } from "../method/method.ts"
import { sumOver, sumTree, type SumTree } from "../method/sum-tree.ts"
import { methods } from "../methods.ts"
import { mergeSeed } from "./draw.ts"
import { groupsOf, treeOfGroups } from "./groups.ts"
import { look, lookAt, lookedAt, lookingAt, type Look, type Looking } from "./look.ts"
import { finishPartials, partialOf, plusPartials } from "./partial.ts"
import { sizeOfGroup } from "./size-of-group.ts"
import { ownOf, summing, type Values } from "./values.ts"

const Template = t.readonly(t.record(t.string, t.readonly(t.type({ shape: t.readonlyArray(t.number), dtype: t.string }))))
/** Sums of some models' terms, f64 as pairs of i32; what the models' tensors are like, and the models' descriptions. */
export const partialSums = tensorsPort("partial-sums", t.readonly(t.type({ template: Template, descriptions: t.readonlyArray(t.unknown) })))
type PartialSums = PortValue<typeof partialSums>

type Wires = { readonly models: readonly Output[]; readonly companions?: readonly Output[]; readonly base?: Output; readonly seed?: Output; readonly looks: readonly Output[] }
type Given = { readonly models: readonly TensorsValue<unknown>[]; readonly companions?: readonly TensorsValue<unknown>[]; readonly base?: TensorsValue<unknown>; readonly seed?: string; readonly looks: readonly Look[] }
/** Of a graph's builder, for kinds that are known by their ids only. */
export type Add = (path: string, kind: Kind, params: object, wires: object) => { readonly [port: string]: Output }

/** Of one kind of models and of methods. Each must be exported by its name: workers find them so. */
export interface KeptKinds {
  readonly look: Kind
  readonly blend: Kind
  readonly tree: Kind
  readonly sum: Kind
  readonly finish: Kind
}

/** What a method asks for: random numbers, a tensor beside each of a model's. */
export type Asks = "numbers" | "words" | "companions"
export const asksOf = ({ seeded, companions }: Method): Asks => (seeded === true ? "words" : companions === undefined ? "numbers" : "companions")

const endings: { readonly [A in Asks]: string } = { numbers: "", words: "-drawn", companions: "-weighed" }

export const keptKinds = (module: string, of: Weighable, asks: Asks): KeptKinds => {
  const params = {
    method: choice([...methods.keys()], { default: "linear", doc: "Which" }),
    values: structured(t.readonly(t.record(t.string, t.unknown)) as unknown as t.Type<Values>, { default: {}, doc: "Its params; those of each model are lists", expected: "params of the method" }),
  }
  type Params = { readonly method: string; readonly values: Values }
  const about = (name: string, title: string) => ({ id: `merger/kept-${name}${endings[asks]}${of.ending}`, module, title, params })
  const given = { models: many(of.port), base: optional(of.port), ...(asks === "companions" ? { companions: many(of.importance) } : asks === "words" ? { seed: one(mergeSeed) } : {}) }
  const lazily = Object.fromEntries(Object.entries(given).map(([name, input]) => [name, lazy(input as ReturnType<typeof one>)]))
  const made = { [of.output]: of.port }

  const merging = ({ models, base, companions, seed }: Omit<Given, "looks">, { method: name, values }: Params, context: RunContext, looks?: readonly Look[]): Merge => {
    const method = must(methods.get(name), "method")
    const beside = companions?.map(({ tensors }) => ({ [must(method.companions?.[0], "companion")]: tensors }))
    return mergeOf(method, { models, base, ...(beside === undefined ? {} : { companions: beside }) }, { ...defaultsOf(method), ...values }, seed === undefined ? context : { random: random(seed) }, looks?.map(({ id }) => id))
  }
  const fitting = (merge: Merge): Merge => {
    const misfit = misfitOf(merge)
    if (misfit !== undefined) throw new NodeFailure(misfit)
    return merge
  }

  const lookKind = defineKind({
    ...about("look", "What a merge looks at of models"),
    params: { ...params, looks: choice(["each", "all", "none"], { default: "none", doc: "Whether models are measured one by one, together, or not at all" }) },
    inputs: given,
    outputs: { look },
    run: (inputs: object, values: Params & { readonly looks: Looking }, context: RunContext) => ({ look: lookAt(fitting(merging(inputs as Given, values, context)), values.looks) }),
  } as never) as unknown as Kind

  const blend = defineKind({
    ...about("blend", "Merge by what was looked at"),
    inputs: { ...given, looks: many(look) },
    outputs: made,
    run: (inputs: object, values: Params, context: RunContext) => {
      const { looks, ...models } = inputs as Given
      const how = howOf(values, models.models.length)
      const merge = merging(models, values, context, how === "each" ? looks : undefined)
      return { [of.output]: { meta: describedAs(of, { base: undefined, ...models }), tensors: done(lookedAt(merge, how, looks)) } }
    },
  } as never) as unknown as Kind

  const sum = defineKind({
    ...about("sum", "Sum of a group of models"),
    params: { ...params, of: integer({ min: 1, max: 1_000_000, default: 1, doc: "How many models there are in all" }) },
    inputs: { ...given, looks: many(look) },
    outputs: { sums: partialSums },
    run: (inputs: object, { of: all, ...values }: Params & { readonly of: number }, context: RunContext) => {
      const { looks, ...models } = inputs as Given
      const merge = lookedAt(fitting(merging(models, values, context, looks)), howOf(values, all), looks)
      const first = must(models.models[0], "model")
      const template = Object.fromEntries(Object.entries(first.tensors).map(([name, { shape, dtype }]) => [name, { shape, dtype }]))
      return { sums: { meta: { template, descriptions: models.models.map(({ meta }) => meta) }, tensors: partialOf(merge) } }
    },
  } as never) as unknown as Kind

  const finish = defineKind({
    ...about("finish", "Merge of the sums of groups"),
    inputs: { base: optional(of.port), groups: many(partialSums), looks: many(look) },
    outputs: made,
    run: (inputs: object, values: Params, context: RunContext) => {
      const { groups, looks, base } = inputs as Omit<Given, "models"> & { readonly groups: readonly PartialSums[] }
      const { template } = must(groups[0], "group").meta
      if (groups.some(({ meta }) => canonical(meta.template) !== canonical(template))) throw new NodeFailure("the models have not all the same tensors, shapes and dtypes")
      // Only shapes and dtypes of these are looked at.
      const like = Object.fromEntries(Object.entries(template).map(([name, { shape, dtype }]) => [name, zeros(dtype as Dtype, shape)]))
      const tree = treeOf(looks, values)
      const size = must(sizeOfGroup(must(methods.get(values.method), "method"), values.values, looks.length), "size of groups")
      const inOrder = groupsOf(tree, size).flatMap((places, k) => places.map((place, at) => [place, groups[k]?.meta.descriptions[at]] as const))
      const models = describedOnce(looks, new Map(inOrder), like)
      const total = sumOver(treeOfGroups(tree, size), (k) => must(groups[k], "group").tensors, plusPartials)
      const merge = lookedAt(merging({ models, ...(base === undefined ? {} : { base }) }, values, context, looks), howOf(values, looks.length), looks)
      // A base that is also one of the models is described once.
      const baseId = of.meta === undefined || base === undefined ? undefined : identityOf(base.tensors)
      return { [of.output]: { meta: describedAs(of, { base: models.find((_, i) => looks[i]?.id === baseId) ?? base, models }), tensors: finishPartials(merge, must(total, "sums")) } }
    },
  } as never) as unknown as Kind

  const tree = defineExpansion({
    ...about("tree", "Sums of groups of models"),
    inputs: { looks: many(look), ...lazily },
    outputs: made,
    expand: (g: Builder, values: Params, inputs: object, wires: object) => {
      const { looks } = inputs as { readonly looks: readonly Look[] }
      const { models, companions, base, seed, looks: lookWires } = wires as Wires
      const add = g.add as unknown as Add
      const method = must(methods.get(values.method), "method")
      const ofBase = base === undefined ? {} : { base }
      const size = must(sizeOfGroup(method, values.values, looks.length), "size of groups")
      const groups = groupsOf(treeOf(looks, values), size).map((places, k) => {
        const some = <A>(all: readonly A[]): readonly A[] => places.map((place) => must(all[place], "model"))
        const of = { models: some(models), looks: some(lookWires), ...ofBase, ...(seed === undefined ? {} : { seed }), ...(companions === undefined ? {} : { companions: some(companions) }) }
        return must(add(`sum/${k}`, sum, { method: method.name, of: looks.length, values: summing(method, values.values, places, looks.length) }, of)["sums"], "sums")
      })
      return add("finish", finish, values, { groups, looks: lookWires, ...ofBase })
    },
  } as never) as unknown as Kind

  return { look: lookKind, blend, tree, sum, finish }
}

const defaultsOf = ({ params, each }: Method): Values => ({
  ...Object.fromEntries(Object.entries(params).map(([name, { default: value }]) => [name, value as Json])),
  ...Object.fromEntries(Object.keys(each).map((name) => [name, []])),
})

const howOf = ({ method: name, values }: { readonly method: string; readonly values: Values }, models: number) => {
  const method = must(methods.get(name), "method")
  return lookingAt(method, ownOf(method, { ...defaultsOf(method), ...values }), models)
}

const treeOf = (looks: readonly Look[], { method: name, values }: { readonly method: string; readonly values: Values }): SumTree => {
  const { each } = must(methods.get(name), "method")
  return sumTree(looks.map(({ id }) => id), looks.map((_, i) => canonical(valuesAt(each, values as never, i, looks.length))))
}

/** Models without numbers, in the order of `looks`: the same value where it is the same model. */
const describedOnce = (looks: readonly Look[], descriptions: ReadonlyMap<number, unknown>, tensors: Tensors): readonly TensorsValue<unknown>[] => {
  const seen = new Map<string, TensorsValue<unknown>>()
  return looks.map(({ id }, i) => {
    const model = seen.get(id) ?? { meta: descriptions.get(i), tensors }
    seen.set(id, model)
    return model
  })
}

const zeros = (dtype: Dtype, shape: readonly number[]): NdArray => {
  if (dtype !== "f32") throw new NodeFailure(`models of f32 are merged so, got ${dtype}`)
  return ndarray("f32", shape, new Float32Array(sizeOf(shape)))
}
