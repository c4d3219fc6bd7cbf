/**
 * A node kind of a merge method (`method/method.ts`), for values of a port that hold named tensors: networks, language models. Params of
 * each model are lists, in the order of the models: empty means the default for all, one value is for all.
 */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import {
  contentHash, defineKind, hashJson, many, must, NodeFailure, one, optional, structured, type Json, type Kind, type Param, type Params, type ParamValues, type PortType, type RunContext,
  type Tensors, type TensorsValue,
} from "#src"
import { model, modelImportance } from "../port/model.ts"
import { importance, network } from "../port/network.ts"
import { mergedMeta } from "./merged-meta.ts"
import type { Method } from "./method/method.ts"
import { mergeTensors, type Merge } from "./method/merge-tensors.ts"

/** `weight` of one model becomes a list of weights. */
export type Listed<M> = { readonly [K in keyof M]: M[K] extends Param<infer A extends Json> ? Param<readonly A[]> : never }

export const listed = <M extends Params>(each: M): Listed<M> =>
  Object.fromEntries(
    Object.entries(each).map(([name, param]) => [
      name,
      structured(t.readonlyArray(param.codec as t.Type<Json, unknown, unknown>), { default: [], doc: `${param.doc}; a list, one for each model, or one for all (${JSON.stringify(param.default)} if empty)`, expected: `a list of ${param.codec.name}` }),
    ]),
  ) as Listed<M>

/** Values of model `i`, of `count`. */
export const valuesAt = (each: Params, lists: { readonly [name: string]: readonly Json[] }, i: number, count: number): { readonly [param: string]: Json } =>
  Object.fromEntries(
    Object.entries(each).map(([name, { default: fallback }]) => {
      const list = lists[name] ?? []
      if (list.length > 1 && list.length !== count) throw new NodeFailure(`${name} has ${list.length} values for ${count} models`, { param: name })
      return [name, list.length === 0 ? (fallback as Json) : (list[list.length === 1 ? 0 : i] as Json)]
    }),
  )

interface Given<Meta> {
  readonly models: readonly TensorsValue<Meta>[]
  readonly base: TensorsValue<Meta> | undefined
  readonly companions?: readonly { readonly [name: string]: Tensors }[]
}
type Values = { readonly [name: string]: unknown }

/** The merge as its executor takes it. `ids`: of the models, where they are known. */
export const mergeOf = (method: Method, { models, base, companions }: Given<unknown>, params: Values, { random }: Pick<RunContext, "random">, ids?: readonly string[]): Merge => {
  const own = Object.fromEntries(Object.keys(method.params).map((name) => [name, params[name] as Json]))
  return {
    method,
    params: () => own,
    ...(base === undefined ? {} : { base: base.tensors }),
    models: models.map(({ tensors }, i) => {
      const values = valuesAt(method.each, params as { readonly [name: string]: readonly Json[] }, i, models.length)
      const beside = companions?.[i]
      return { id: ids?.[i] ?? identityOf(tensors, beside), tensors, params: () => values, ...(beside === undefined ? {} : { companions: beside }) }
    }),
    random,
  }
}

/** What is merged, or a `NodeFailure` that says what does not fit. */
export const done = (merge: Merge): Tensors => {
  const result = mergeTensors(merge)
  if (E.isLeft(result)) throw new NodeFailure(result.left)
  return result.right
}

/** The merged model. */
export const merged = <Meta>(method: Method, given: Given<Meta>, params: Values, context: Pick<RunContext, "random">): TensorsValue<Meta> => ({
  meta: (given.base ?? (given.models[0] as TensorsValue<Meta>)).meta,
  tensors: done(mergeOf(method, given, params, context)),
})

/** A hash of all that a model brings: what tells it apart, wherever it stands in the list. */
export const identityOf = (tensors: Tensors, companions: { readonly [name: string]: Tensors } = {}): string => {
  const hashes = (of: Tensors): Json => Object.fromEntries(Object.entries(of).map(([name, tensor]) => [name, contentHash(tensor)]))
  return hashJson([hashes(tensors), Object.fromEntries(Object.entries(companions).map(([name, of]) => [name, hashes(of)]))])
}

/** What is merged: values of a port, how the output is called, and what tells the kinds apart from those of networks. */
export interface Mergeable<Port extends PortType = PortType, Output extends string = string> {
  readonly port: Port
  readonly output: Output
  readonly ending: string
  /** What is said of the result; of the base or the first model, if absent. */
  readonly meta?: (of: never) => unknown
}
/** And values that say how much each of its weights matters. */
export interface Weighable<Port extends PortType = PortType, Output extends string = string, Importance extends PortType = PortType> extends Mergeable<Port, Output> {
  readonly importance: Importance
}
export const networks = { port: network, output: "network", ending: "", importance } as const
export const languageModels = { port: model, output: "model", ending: "-models", importance: modelImportance, meta: mergedMeta } as const
type Networks = typeof networks

type Merged<P extends Params, M extends Params, I extends Kind["inputs"], O extends Mergeable> = Kind<P & Listed<M>, I, { readonly [K in O["output"]]: O["port"] }>
type Many<O extends Mergeable> = ReturnType<typeof many<O["port"]>>
type One<O extends Mergeable> = ReturnType<typeof one<O["port"]>>
type Optional<O extends Mergeable> = ReturnType<typeof optional<O["port"]>>

/** What is said of a merge of these: a model's description and its tensors, which nothing looks at but to tell models apart. */
export const describedAs = ({ meta }: Mergeable, { base, models }: Pick<Given<unknown>, "base" | "models">): unknown => {
  const all = [...(base === undefined ? [] : [base]), ...models]
  return meta === undefined ? must(all[0], "model").meta : meta(all as never)
}

const mergedOf = (of: Mergeable, method: unknown, given: Given<unknown>, params: Values, context: RunContext): { readonly [output: string]: TensorsValue<unknown> } => ({
  [of.output]: { meta: describedAs(of, given), tensors: done(mergeOf(method as Method, given, params, context)) },
})

/** What kinds of a method have in common, with or without a base. */
export const partsOf = <P extends Params, M extends Params, A>(module: string, method: Method<P, M, A>, of: Mergeable) => ({
  id: `merger/${method.name.replaceAll("_", "-")}${of.ending}`,
  module,
  title: method.title,
  reference: method.reference,
  params: { ...method.params, ...listed(method.each) } as P & Listed<M>,
  outputs: { [of.output]: of.port },
  seeded: method.seeded ?? false,
  ...(method.models.least === 1 && method.models.most === 1 ? {} : { passes: { [of.output]: "models" } as const }),
  run: ({ models, base }: { readonly models: readonly TensorsValue<unknown>[]; readonly base?: TensorsValue<unknown> | undefined }, params: ParamValues<Params>, context: RunContext) =>
    mergedOf(of, method, { models, base }, params, context),
})

/** A kind without a base. */
export const mergeKind = <P extends Params, M extends Params, A, O extends Mergeable = Networks>(
  module: string, method: Method<P, M, A>, of: O = networks as Mergeable as O,
): Merged<P, M, { readonly models: Many<O> }, O> =>
  defineKind({ ...partsOf(module, method, of), inputs: { models: many(of.port) } } as never) as never

/** A kind of a method that needs a base. */
export const basedMergeKind = <P extends Params, M extends Params, A, O extends Mergeable = Networks>(
  module: string, method: Method<P, M, A>, of: O = networks as Mergeable as O,
): Merged<P, M, { readonly base: One<O>; readonly models: Many<O> }, O> =>
  defineKind({ ...partsOf(module, method, of), inputs: { base: one(of.port), models: many(of.port) } } as never) as never

/** A kind of a method that can use a base. */
export const maybeBasedMergeKind = <P extends Params, M extends Params, A, O extends Mergeable = Networks>(
  module: string, method: Method<P, M, A>, of: O = networks as Mergeable as O,
): Merged<P, M, { readonly models: Many<O>; readonly base: Optional<O> }, O> =>
  defineKind({ ...partsOf(module, method, of), inputs: { models: many(of.port), base: optional(of.port) } } as never) as never

export const requireImportances = (models: number, importances: number): void => {
  if (models !== importances) throw new NodeFailure(`${models} models and ${importances} importances came in; each model needs its own`)
}

/** A kind of a method that weighs each element of each model: the importance of each comes beside it. */
export const weighedMergeKind = <P extends Params, M extends Params, A, O extends Weighable = Networks>(
  module: string, method: Method<P, M, A>, of: O = networks as Weighable as O,
): Merged<P, M, { readonly models: Many<O>; readonly importances: ReturnType<typeof many<O["importance"]>> }, O> =>
  defineKind({
    ...partsOf(module, method, of),
    inputs: { models: many(of.port), importances: many(of.importance) },
    run: ({ models, importances }: { readonly models: readonly TensorsValue<unknown>[]; readonly importances: readonly TensorsValue<unknown>[] }, params: ParamValues<P & Listed<M>>, context: RunContext) => {
      requireImportances(models.length, importances.length)
      const [name] = method.companions as readonly [string]
      return mergedOf(of, method, { models, base: undefined, companions: importances.map(({ tensors }) => ({ [name]: tensors })) }, params, context)
    },
  } as never) as never
