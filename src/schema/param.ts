/**
 * Params of node kinds and graphs: an io-ts codec with what a person needs beside it (a default, a sentence, a range for
 * a control). Decoding never throws: what is wrong comes back as a list of issues that name the param.
 */
import { brief } from "../base/brief.ts"
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import type { Json } from "../base/json.ts"
import { hint } from "./closest.ts"

/** How a param is shown when it can be moved while an experiment runs. */
export type Knob =
  | { readonly _tag: "slider"; readonly min: number; readonly max: number; readonly step: number }
  | { readonly _tag: "choice"; readonly options: readonly string[] }
  | { readonly _tag: "switch" }
  | { readonly _tag: "text" }

export interface Param<A extends Json = Json> {
  readonly codec: t.Decoder<unknown, A>
  /** Absent: the param must be given. */
  readonly default?: A
  /** One sentence with the unit, for `cambium show`, the page and errors. */
  readonly doc: string
  readonly knob: Knob
}

export type Params = { readonly [name: string]: Param }

/** The decoded values of a record of params. */
export type ParamValues<P> = { readonly [K in keyof P]: P[K] extends Param<infer A> ? A : never }

/** One wrong param. `got` is the offending value as it came. */
export interface ParamIssue {
  readonly _tag: "ParamIssue"
  readonly param: string
  readonly expected: string
  readonly got: string
}

const make = <A extends Json>(codec: t.Decoder<unknown, A>, doc: string, knob: Knob, fallback: A | undefined): Param<A> =>
  fallback === undefined ? { codec, doc, knob } : { codec, doc, knob, default: fallback }

const refined = <A extends Json>(name: string, is: (u: unknown) => u is A): t.Type<A, unknown, unknown> =>
  new t.Type(name, is, (u, c) => (is(u) ? t.success(u) : t.failure(u, c)), (a) => a)

interface Range {
  readonly min: number
  readonly max: number
  readonly default?: number
  readonly doc: string
}

/** A whole number in [min, max]. */
export const integer = (range: Range): Param<number> =>
  make(
    refined(`a whole number from ${range.min} to ${range.max}`, (u): u is number => Number.isSafeInteger(u) && within(u as number, range)),
    range.doc,
    { _tag: "slider", min: range.min, max: range.max, step: 1 },
    range.default,
  )

/** A finite real number in [min, max]. */
export const real = (range: Range & { readonly step?: number }): Param<number> =>
  make(
    refined(`a number from ${range.min} to ${range.max}`, (u): u is number => Number.isFinite(u) && within(u as number, range)),
    range.doc,
    { _tag: "slider", min: range.min, max: range.max, step: range.step ?? (range.max - range.min) / 100 },
    range.default,
  )

const within = (x: number, range: Range): boolean => x >= range.min && x <= range.max

/** One of the given words. */
export const choice = <const O extends readonly string[]>(options: O, about: { readonly default?: O[number]; readonly doc: string }): Param<O[number]> =>
  make(
    refined(`one of ${options.map((o) => JSON.stringify(o)).join(", ")}`, (u): u is O[number] => options.includes(u as string)),
    about.doc,
    { _tag: "choice", options },
    about.default,
  )

/** Any text. */
export const text = (about: { readonly default?: string; readonly doc: string }): Param<string> =>
  make(refined("a text", t.string.is), about.doc, { _tag: "text" }, about.default)

/** True or false. */
export const flag = (about: { readonly default?: boolean; readonly doc: string }): Param<boolean> =>
  make(refined("true or false", t.boolean.is), about.doc, { _tag: "switch" }, about.default)

/** A JSON value that `codec` accepts; `expected` says in words what that is. */
export const structured = <A extends Json>(codec: t.Type<A, unknown, unknown>, about: { readonly default?: A; readonly doc: string; readonly expected: string }): Param<A> =>
  make(refined(about.expected, codec.is), about.doc, { _tag: "text" }, about.default)

/** A list of words. */
export const words = (about: { readonly default?: readonly string[]; readonly doc: string }): Param<readonly string[]> =>
  structured(t.readonlyArray(t.string), { ...about, expected: "a list of texts" })

export const numbers = (about: { readonly default?: readonly number[]; readonly doc: string }): Param<readonly number[]> =>
  structured(t.readonlyArray(t.number), { ...about, expected: "a list of numbers" })

/** Decodes raw values against `params`: defaults filled in, unknown names and wrong values reported, all of them at once. */
export const decodeParams = <P extends Params>(
  params: P,
  raw: { readonly [name: string]: unknown },
): E.Either<readonly ParamIssue[], ParamValues<P>> => {
  const issues: ParamIssue[] = []
  const values: Record<string, Json> = {}
  for (const name of Object.keys(raw)) {
    if (Object.hasOwn(params, name) || raw[name] === undefined) continue
    const known = Object.keys(params)
    const expected = known.length === 0 ? "no params" : `one of the params ${known.join(", ")}${hint(name, known)}`
    issues.push({ _tag: "ParamIssue", param: name, expected, got: `an unknown param ${name}` })
  }
  for (const [name, param] of Object.entries(params)) {
    const value = raw[name] === undefined ? param.default : raw[name]
    const decoded = param.codec.decode(value)
    if (E.isRight(decoded)) values[name] = decoded.right
    else issues.push({ _tag: "ParamIssue", param: name, expected: param.codec.name, got: value === undefined ? "nothing" : shown(value) })
  }
  return issues.length > 0 ? E.left(issues) : E.right(values as ParamValues<P>)
}

const shown = (value: unknown): string => brief(JSON.stringify(value) ?? String(value), 80)
