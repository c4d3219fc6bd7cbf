/**
 * Overrides: params set from outside a graph file (`--set node.param=value`, sweeps, the tiny size). The target is
 * `path.param`, where `*` in the path stands for any run of characters (`expert/*.steps`: every such node that has the
 * param), or just `param` for a param of the graph itself. Later overrides win.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Json } from "../base/json.ts"
import { hint } from "../schema/closest.ts"
import type { Params } from "../schema/param.ts"
import type { GraphIssue } from "./graph.ts"

export interface Override {
  readonly target: string
  readonly value: Json
}

/** Reads `target=value`. The value is JSON where it parses as JSON, else a text. */
export const parseOverride = (text: string): E.Either<string, Override> => {
  // The first `=` that is not inside a cell.
  const at = /^(?:\[[^\]]*\]|[^=[])+(?==)/u.exec(text)?.[0].length ?? 0
  if (at <= 0) return E.left(`--set expects node.param=value, got ${JSON.stringify(text)}`)
  const raw = text.slice(at + 1)
  const parsed = E.tryCatch(() => JSON.parse(raw) as Json, String)
  return E.right({ target: text.slice(0, at), value: E.isRight(parsed) ? parsed.right : raw })
}

/** Overrides from a record of targets, as graph files write their tiny size. */
export const overridesOf = (record: { readonly [target: string]: Json }): readonly Override[] =>
  Object.entries(record).map(([target, value]) => ({ target, value }))

const split = (target: string): { readonly path: string | undefined; readonly param: string } => {
  const dot = target.lastIndexOf(".")
  return dot < 0 ? { path: undefined, param: target } : { path: target.slice(0, dot), param: target.slice(dot + 1) }
}

/** True when `path` fits `pattern`, in which `*` stands for any run of characters. */
export const matchesPath = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`, "u").test(path)

/** True when the override is meant for the node at `path` (undefined: the graph's own params), whose params are `own`. */
const aimsAt = (target: string, path: string | undefined, own: Params): boolean => {
  const aim = split(target)
  if (path === undefined || aim.path === undefined) return path === aim.path
  return aim.path === path || (aim.path.includes("*") && aim.param in own && matchesPath(aim.path, path))
}

/** `values` with the overrides for `path` (undefined: the graph's own params) applied. */
export const applyOverrides = (
  values: { readonly [param: string]: unknown },
  path: string | undefined,
  own: Params,
  overrides: readonly Override[],
): { readonly [param: string]: unknown } => ({
  ...values,
  ...Object.fromEntries(overrides.filter(({ target }) => aimsAt(target, path, own)).map(({ target, value }) => [split(target).param, value])),
})

/** Overrides that touch nothing: most likely a misspelt path. Wrong params of a right path are reported by decoding. */
export const unusedOverrides = (overrides: readonly Override[], own: Params, places: ReadonlyMap<string, Params>): readonly GraphIssue[] =>
  overrides.flatMap(({ target }): readonly GraphIssue[] => {
    const { path, param } = split(target)
    const paths = [...places.keys()]
    if (path === undefined || [...places].some(([place, params]) => aimsAt(target, place, params))) return []
    if (path.includes("*") && paths.some((known) => matchesPath(path, known))) return [{ _tag: "BadOverride", target, expected: `a param of a node that fits ${path}, and none of them has ${param}` }]
    const around = paths.find((known) => path.startsWith(`${known}/`) && !paths.some((other) => other.startsWith(`${known}/`)))
    const inside = around === undefined ? "" : `; nothing inside ${around} is there before it runs: set a param of ${around} itself`
    const expected = `a node of the graph: ${paths.join(", ")}${hint(path, paths)}${inside}`
    return [{ _tag: "BadOverride", target, expected: Object.keys(own).length > 0 ? `${expected}; or a graph param: ${Object.keys(own).join(", ")}` : expected }]
  })
