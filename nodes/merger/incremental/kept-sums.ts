/**
 * A merge that keeps sums of groups of models: when a coefficient moves or a model is another one, its group is added up again, then the sums
 * of groups, and no other model is read. The bytes are those of the method's own kind. Where merging all again would read no more (few
 * models), that is what it becomes. SPEC M3, M6.
 *
 * For methods whose terms do not depend on other models and which draw nothing: `partial.ts`.
 */
import * as t from "io-ts"
import {
  assert, canonical, defineExpansion, defineKind, jsonPort, lazy, many, must, ndarray, NodeFailure, one, sizeOf, tensorsPort, type Builder, type Dtype, type Json, type Kind, type NdArray, type Output,
  type Params, type PortValue, type RunContext, type Tensors, type TensorsValue,
} from "#src"
import { identityOf, partsOf, valuesAt, type Mergeable } from "../merge-kind.ts"
import { faultOf, type Merge } from "../method/merge-tensors.ts"
import { sumCount, type Method } from "../method/method.ts"
import { sumOver, sumTree, type SumTree } from "../method/sum-tree.ts"
import { groupSize, groupsOf, treeOfGroups } from "./groups.ts"
import { finishPartials, partialOf, plusPartials } from "./partial.ts"

/** What tells a model apart: a hash of its tensors. */
export const identity = jsonPort("model-identity", t.string)

const Template = t.readonly(t.record(t.string, t.readonly(t.type({ shape: t.readonlyArray(t.number), dtype: t.string }))))
/** Sums of some models' terms, f64 as pairs of i32; what the models' tensors are like, and their description. */
export const partialSums = tensorsPort("partial-sums", t.readonly(t.type({ template: Template, description: t.unknown })))
type PartialSums = PortValue<typeof partialSums>

type Values = { readonly [param: string]: Json }
type Lists = { readonly [param: string]: readonly Json[] }
type Wires = { readonly models: readonly Output[]; readonly base?: Output }
type Add = (path: string, kind: Kind, params: object, wires: object) => { readonly [port: string]: Output }

/** The node of each model that finds out what it is. */
export const identityKind = (module: string, { port, ending }: Mergeable) =>
  defineKind({
    id: `merger/identity${ending}`,
    module,
    title: "Hash of a model",
    params: {},
    inputs: { of: one(port) },
    outputs: { id: identity },
    run: ({ of }) => ({ id: identityOf((of as TensorsValue<unknown>).tensors) }),
  }) as unknown as Kind

/** Kinds of one method. Each must be exported by its name: workers find them so. */
export interface KeptSums {
  /** The one for graphs. */
  readonly merge: Kind
  readonly tree: Kind
  readonly sum: Kind
  readonly finish: Kind
}

/** @param plain the method's own kind. */
export const keptSums = (module: string, method: Method, plain: Kind, of: Mergeable, identityOfModel: Kind): KeptSums => {
  assert(method.how.form !== "joint" && method.seeded !== true, `${method.name} has no sums that could be kept`)
  const parts = partsOf(module, method, of)
  const about = (ending: string, title: string) => ({ id: `${parts.id}-${ending}`, module, title: `${method.title}: ${title}`, reference: method.reference, params: parts.params as Params })
  const based = method.base === "none" ? {} : { base: one(of.port) }
  const lazyInputs = { models: lazy(many(of.port)), ...(method.base === "none" ? {} : { base: lazy(one(of.port)) }) }

  const own = (params: Values): Values => Object.fromEntries(Object.keys(method.params).map((name) => [name, params[name] as Json]))
  const valuesOf = (params: Values, count: number): readonly Values[] => Array.from({ length: count }, (_, i) => valuesAt(method.each, params as Lists, i, count))
  const treeOf = (ids: readonly string[], values: readonly Values[]): SumTree => sumTree(ids, values.map((one) => canonical(one)))
  const sizeFor = (params: Values, count: number): number | undefined => groupSize(count, { model: 4 * method.passes(own(params) as never), sums: 8 * sumCount(method) })
  const mergeOf = (ids: readonly string[], tensors: readonly Tensors[], params: Values, base: Tensors | undefined, { random }: Pick<RunContext, "random">): Merge => ({
    method,
    params: () => own(params),
    models: valuesOf(params, ids.length).map((values, i) => ({ id: must(ids[i], "id"), tensors: must(tensors[i], "model"), params: () => values })),
    random,
    ...(base === undefined ? {} : { base }),
  })

  const sum = defineKind({
    ...about("sum", "sum of a group"),
    inputs: { ...based, models: many(of.port) },
    outputs: { sums: partialSums },
    run: (inputs: object, params: Values, context: RunContext) => {
      const { models, base } = inputs as { readonly models: readonly TensorsValue<unknown>[]; readonly base?: TensorsValue<unknown> }
      const merge = mergeOf(models.map(({ tensors }) => identityOf(tensors)), models.map(({ tensors }) => tensors), params, base?.tensors, context)
      const fault = faultOf(merge)
      if (fault !== undefined) throw new NodeFailure(fault)
      const first = must(models[0], "model")
      const template = Object.fromEntries(Object.entries(first.tensors).map(([name, { shape, dtype }]) => [name, { shape, dtype }]))
      return { sums: { meta: { template, description: first.meta }, tensors: partialOf(merge) } }
    },
  } as never) as unknown as Kind

  const finish = defineKind({
    ...about("finish", "sum of the groups"),
    inputs: { ...based, groups: many(partialSums), ids: many(identity) },
    outputs: { [of.output]: of.port },
    run: (inputs: object, params: Values, context: RunContext) => {
      const { groups, ids, base } = inputs as { readonly groups: readonly PartialSums[]; readonly ids: readonly string[]; readonly base?: TensorsValue<unknown> }
      const { template, description } = must(groups[0], "group").meta
      const other = groups.findIndex(({ meta }) => canonical(meta.template) !== canonical(template))
      if (other >= 0) throw new NodeFailure("the models have not all the same tensors, shapes and dtypes")
      // Only shapes and dtypes of these are looked at.
      const like = Object.fromEntries(Object.entries(template).map(([name, { shape, dtype }]) => [name, zeros(dtype as Dtype, shape)]))
      const tree = treeOf(ids, valuesOf(params, ids.length))
      const total = sumOver(treeOfGroups(tree, must(sizeFor(params, ids.length), "size of groups")), (k) => must(groups[k], "group").tensors, plusPartials)
      const tensors = finishPartials(mergeOf(ids, ids.map(() => like), params, base?.tensors, context), must(total, "sums"))
      return { [of.output]: { meta: base?.meta ?? description, tensors } }
    },
  } as never) as unknown as Kind

  const tree = defineExpansion({
    ...about("tree", "sums of groups"),
    inputs: { ids: many(identity), ...lazyInputs },
    outputs: { [of.output]: of.port },
    expand: (g: Builder, params: Values, inputs: object, wires: object) => {
      const { ids } = inputs as { readonly ids: readonly string[] }
      const { models, base, ids: idWires } = wires as Wires & { readonly ids: readonly Output[] }
      const add = g.add as unknown as Add
      const values = valuesOf(params, ids.length)
      const ofBase = base === undefined ? {} : { base }
      const groups = groupsOf(treeOf(ids, values), must(sizeFor(params, ids.length), "size of groups")).map((places, k) => {
        const each = Object.fromEntries(Object.keys(method.each).map((name) => [name, places.map((i) => must(values[i], "values")[name])]))
        return must(add(`sum/${k}`, sum, { ...own(params), ...each }, { models: places.map((i) => models[i]), ...ofBase })["sums"], "sums")
      })
      return add("finish", finish, params, { groups, ids: idWires, ...ofBase })
    },
  } as never) as unknown as Kind

  const merge = defineExpansion({
    ...about("kept", "with kept sums"),
    inputs: lazyInputs,
    outputs: { [of.output]: of.port },
    expand: (g: Builder, params: Values, _: object, wires: object) => {
      const { models, base } = wires as Wires
      const add = g.add as unknown as Add
      const all = { models, ...(base === undefined ? {} : { base }) }
      if (sizeFor(params, models.length) === undefined) return add("merge", plain, params, all)
      const ids = models.map((model, i) => must(add(`model/${i}`, identityOfModel, {}, { of: model })["id"], "id"))
      return add("sums", tree, params, { ...all, ids })
    },
  } as never) as unknown as Kind
  return { merge, tree, sum, finish }
}

const zeros = (dtype: Dtype, shape: readonly number[]): NdArray => {
  if (dtype !== "f32") throw new NodeFailure(`models of f32 are merged so, got ${dtype}`)
  return ndarray("f32", shape, new Float32Array(sizeOf(shape)))
}
