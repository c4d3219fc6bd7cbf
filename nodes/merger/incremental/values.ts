/** Params of a merge of many models, and which of them a part of it looks at: the others may move without it. */
import type { Json } from "#src"
import { valuesAt } from "../merge-kind.ts"
import { measuringLooks, type Method } from "../method/method.ts"

/** Those of each model are lists, as node kinds have them. */
export type Values = { readonly [param: string]: Json }

const only = (values: Values, names: readonly string[]): Values => Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name] as Json]])))

export const ownOf = (method: Method, values: Values): Values => only(values, Object.keys(method.params))

/** Of the models at `places`: of `names` a list each. */
const eachOf = (method: Method, values: Values, names: readonly string[], places: readonly number[], models: number): Values => {
  const own = places.map((i) => valuesAt(method.each, values as never, i, models))
  return Object.fromEntries(names.map((name) => [name, own.map((one) => one[name] as Json)]))
}

/** What measuring the models at `places` looks at. */
export const measuring = (method: Method, values: Values, places: readonly number[], models: number): Values => {
  const { params, each } = measuringLooks(method)
  return { ...only(values, params), ...eachOf(method, values, each, places, models) }
}

/** What summing them up looks at. */
export const summing = (method: Method, values: Values, places: readonly number[], models: number): Values => ({
  ...only(values, Object.keys(method.params).filter((name) => method.looks?.finishing?.includes(name) !== true)),
  ...eachOf(method, values, Object.keys(method.each), places, models),
})
