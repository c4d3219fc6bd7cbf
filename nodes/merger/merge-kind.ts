/**
 * A node kind of a merge method (`method/method.ts`), for networks in a graph. Params of each model are lists, in the order of the
 * models: empty means the default for all, one value is for all.
 */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import {
  contentHash, defineKind, hashJson, many, NodeFailure, one, optional, structured, type Json, type Kind, type Param, type Params, type ParamValues, type PortValue, type RunContext, type Tensors,
} from "#src"
import { importance, network, type Network } from "../port/network.ts"
import type { Method } from "./method/method.ts"
import { mergeTensors } from "./method/merge-tensors.ts"

/** `weight` of one model becomes a list of weights. */
type Listed<M> = { readonly [K in keyof M]: M[K] extends Param<infer A extends Json> ? Param<readonly A[]> : never }

const listed = <M extends Params>(each: M): Listed<M> =>
  Object.fromEntries(
    Object.entries(each).map(([name, param]) => [
      name,
      structured(t.readonlyArray(param.codec as t.Type<Json, unknown, unknown>), { default: [], doc: `${param.doc}; a list, one for each model, or one for all (${JSON.stringify(param.default)} if empty)`, expected: `a list of ${param.codec.name}` }),
    ]),
  ) as Listed<M>

/** Values of model `i`, of `count`. */
const valuesAt = (each: Params, lists: { readonly [name: string]: readonly Json[] }, i: number, count: number): { readonly [param: string]: Json } =>
  Object.fromEntries(
    Object.entries(each).map(([name, { default: fallback }]) => {
      const list = lists[name] ?? []
      if (list.length > 1 && list.length !== count) throw new NodeFailure(`${name} has ${list.length} values for ${count} models`, { param: name })
      return [name, list.length === 0 ? (fallback as Json) : (list[list.length === 1 ? 0 : i] as Json)]
    }),
  )

interface Given {
  readonly models: readonly Network[]
  readonly base: Network | undefined
  readonly companions?: readonly { readonly [name: string]: Network["tensors"] }[]
}

/** The merged network, or a `NodeFailure` that says what does not fit. */
export const merged = (method: Method, { models, base, companions }: Given, params: { readonly [name: string]: unknown }, context: RunContext): Network => {
  const own = Object.fromEntries(Object.keys(method.params).map((name) => [name, params[name] as Json]))
  const result = mergeTensors({
    method,
    params: () => own,
    ...(base === undefined ? {} : { base: base.tensors }),
    models: models.map((model, i) => {
      const values = valuesAt(method.each, params as { readonly [name: string]: readonly Json[] }, i, models.length)
      const beside = companions?.[i]
      return { id: identityOf(model.tensors, beside), tensors: model.tensors, params: () => values, ...(beside === undefined ? {} : { companions: beside }) }
    }),
    random: context.random,
  })
  if (E.isLeft(result)) throw new NodeFailure(result.left)
  return { meta: (base ?? (models[0] as Network)).meta, tensors: result.right }
}

/** A hash of all that a model brings: what tells it apart, wherever it stands in the list. */
const identityOf = (tensors: Tensors, companions: { readonly [name: string]: Tensors } = {}): string => {
  const hashes = (of: Tensors): Json => Object.fromEntries(Object.entries(of).map(([name, tensor]) => [name, contentHash(tensor)]))
  return hashJson([hashes(tensors), Object.fromEntries(Object.entries(companions).map(([name, of]) => [name, hashes(of)]))])
}

type Merged<P extends Params, M extends Params, I extends Kind["inputs"]> = Kind<P & Listed<M>, I, { readonly network: typeof network }>

const partsOf = <P extends Params, M extends Params, A>(module: string, method: Method<P, M, A>) => ({
  id: `merger/${method.name.replaceAll("_", "-")}`,
  module,
  title: method.title,
  reference: method.reference,
  params: { ...method.params, ...listed(method.each) } as P & Listed<M>,
  outputs: { network },
  seeded: method.seeded ?? false,
  ...(method.models.least === 1 && method.models.most === 1 ? {} : { passes: { network: "models" } as const }),
})

/** A kind without a base. */
export const mergeKind = <P extends Params, M extends Params, A>(module: string, method: Method<P, M, A>): Merged<P, M, { readonly models: ReturnType<typeof many<typeof network>> }> =>
  defineKind({
    ...partsOf(module, method),
    inputs: { models: many(network) },
    run: ({ models }, params: ParamValues<P & Listed<M>>, context) => ({ network: merged(method, { models, base: undefined }, params, context) }),
  }) as never

/** A kind of a method that needs a base. */
export const basedMergeKind = <P extends Params, M extends Params, A>(
  module: string,
  method: Method<P, M, A>,
): Merged<P, M, { readonly base: ReturnType<typeof one<typeof network>>; readonly models: ReturnType<typeof many<typeof network>> }> =>
  defineKind({
    ...partsOf(module, method),
    inputs: { base: one(network), models: many(network) },
    run: ({ base, models }, params: ParamValues<P & Listed<M>>, context) => ({ network: merged(method, { models, base }, params, context) }),
  }) as never

/** A kind of a method that can use a base. */
export const maybeBasedMergeKind = <P extends Params, M extends Params, A>(
  module: string,
  method: Method<P, M, A>,
): Merged<P, M, { readonly models: ReturnType<typeof many<typeof network>>; readonly base: ReturnType<typeof optional<typeof network>> }> =>
  defineKind({
    ...partsOf(module, method),
    inputs: { models: many(network), base: optional(network) },
    run: ({ base, models }, params: ParamValues<P & Listed<M>>, context) => ({ network: merged(method, { models, base }, params, context) }),
  }) as never

/** A kind of a method that weighs each element of each model: the importance of each comes beside it. */
export const weighedMergeKind = <P extends Params, M extends Params, A>(
  module: string,
  method: Method<P, M, A>,
): Merged<P, M, { readonly models: ReturnType<typeof many<typeof network>>; readonly importances: ReturnType<typeof many<typeof importance>> }> =>
  defineKind({
    ...partsOf(module, method),
    inputs: { models: many(network), importances: many(importance) },
    run: ({ models, importances }: { readonly models: readonly Network[]; readonly importances: readonly PortValue<typeof importance>[] }, params: ParamValues<P & Listed<M>>, context: RunContext) => {
      if (models.length !== importances.length) throw new NodeFailure(`${models.length} models and ${importances.length} importances came in; each model needs its own`)
      const [name] = method.companions as readonly [string]
      return { network: merged(method, { models, base: undefined, companions: importances.map(({ tensors }) => ({ [name]: tensors })) }, params, context) }
    },
  }) as never
