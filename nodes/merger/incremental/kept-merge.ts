/**
 * A merge whose parts are nodes of their own, so that what does not change is not done again: what is measured of the models, and, of many
 * models, the sums of groups of them. When a coefficient moves or a model is another one, that model is measured, its group is added up, then
 * the sums of groups; no other model is read. Where merging all again would read no more (few models) they are blended at once, by what was
 * measured before; and where nothing is measured either, it is the method's own kind. The bytes are those of that kind, but
 * that what it draws is another draw (a random stream belongs to a node). SPEC K7, M3, M6.
 */
import { defineExpansion, lazy, many, must, NodeFailure, one, optional, type Builder, type Json, type Kind, type Output, type Params } from "#src"
import { partsOf, requireImportances, valuesAt, type Weighable } from "../merge-kind.ts"
import { arityFault } from "../method/merge-tensors.ts"
import type { Method } from "../method/method.ts"
import { drawSeed } from "./draw.ts"
import type { Add, KeptKinds } from "./kept-kinds.ts"
import { lookingAt } from "./look.ts"
import { sizeOfGroup } from "./size-of-group.ts"
import { measuring, ownOf, type Values } from "./values.ts"

type Wires = { readonly models: readonly Output[]; readonly importances?: readonly Output[]; readonly base?: Output }

/** @param plain the method's own kind, with the same params and ports. */
export const keptMerge = <K extends Kind>(module: string, method: Method, plain: K, of: Weighable, kinds: KeptKinds): K => {
  const parts = partsOf(module, method, of)
  const base = method.base === "none" ? {} : { base: lazy(method.base === "required" ? one(of.port) : optional(of.port)) }
  return defineExpansion({
    id: `${parts.id}-kept`,
    module,
    title: `${method.title}, parts kept`,
    reference: method.reference,
    params: parts.params as Params,
    seeded: method.seeded ?? false,
    inputs: { models: lazy(many(of.port)), ...base, ...(method.companions === undefined ? {} : { importances: lazy(many(of.importance)) }) },
    outputs: parts.outputs,
    ...("passes" in parts ? { passes: parts.passes } : {}),
    expand: (g: Builder, params: Values, _: object, wires: object) => {
      const { models, importances, base } = wires as Wires
      const add = g.add as unknown as Add
      const count = models.length
      const fault = arityFault(method, count, base !== undefined)
      if (fault !== undefined) throw new NodeFailure(fault)
      if (importances !== undefined) requireImportances(count, importances.length)
      valuesAt(method.each, params as { readonly [name: string]: readonly Json[] }, 0, count)
      const looks = lookingAt(method, ownOf(method, params), count)
      const size = sizeOfGroup(method, params, count)
      const ofBase = base === undefined ? {} : { base }
      // Measured together by all params there are: nothing could be kept.
      if (size === undefined && (looks === "none" || (looks === "all" && method.looks?.measuring === undefined))) return add("merge", plain, params, { models, ...ofBase, ...(importances === undefined ? {} : { importances }) })
      const all = models.map((_, i) => i)
      const drawn = method.seeded === true ? g.add("draw", drawSeed, {}) : {}
      const lookOf = (path: string, places: readonly number[]): Output => {
        const some = (of: readonly Output[]): readonly Output[] => places.map((place) => must(of[place], "model"))
        const values = looks === "none" ? {} : measuring(method, params, places, count)
        return must(add(path, kinds.look, { method: method.name, looks, values }, { models: some(models), ...(looks === "none" ? {} : ofBase), ...drawn, ...(importances === undefined ? {} : { companions: some(importances) }) })["look"], "look")
      }
      const found = looks === "all" ? [lookOf("look", all)] : all.map((i) => lookOf(`look/${i}`, [i]))
      const given = { models, looks: found, ...ofBase, ...drawn, ...(importances === undefined ? {} : { companions: importances }) }
      return add(size === undefined ? "blend" : "sums", size === undefined ? kinds.blend : kinds.tree, { method: method.name, values: params }, given)
    },
  } as never) as unknown as K
}
