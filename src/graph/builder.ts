/**
 * The language of graph files: `graph(name, { params }, (g, params) => { g.add(path, kind, params, inputs) })`.
 * A wrong param or wire is a compile error in the editor; what types cannot see (ranges, overrides, cycles made by
 * hand) comes back as issues from `buildGraph`. SPEC G3.
 */
import { messageOf } from "../base/message.ts"
import * as E from "fp-ts/lib/Either.js"
import type { Json } from "../base/json.ts"
import { decodeParams, type Params, type ParamValues } from "../schema/param.ts"
import type { PortType } from "../schema/port.ts"
import type { Graph, GraphIssue, KnobRange, Node, Ref } from "./graph.ts"
import { applyOverrides, unusedOverrides, type Override } from "./override.ts"
import type { Input, Inputs, Outputs, Signature } from "./signature.ts"
import { validate } from "./validate.ts"

/** A param value that is also a control: `knob(0.5, { min: 0, max: 1 })`. */
export interface KnobValue<A extends Json = Json> {
  readonly _tag: "Knob"
  readonly value: A
  readonly range: KnobRange
}

export const knob = <A extends Json>(value: A, range: KnobRange = {}): KnobValue<A> => ({ _tag: "Knob", value, range })

/** An output of a node that was added, typed by its port. */
export interface Output<P extends PortType = PortType> extends Ref {
  readonly type: P
}

/** What `add` gives back: the node's outputs by name. */
export type Handle<O> = { readonly [K in keyof O]: O[K] extends PortType ? Output<O[K]> : never }

/** Params as a graph file gives them: those with a default may be left out, any may be a knob. */
export type ParamArgs<P extends Params> = {
  readonly [K in keyof P]?: ParamValues<P>[K] | KnobValue<ParamValues<P>[K] & Json>
}

type PortName<P> = P extends PortType<infer N> ? N : never
/** Ports fit by name, so that two port types of equal structure cannot be mixed up. */
type Fits<P> = Ref & { readonly type: { readonly name: PortName<P> } }

type Wire<I> = I extends Input<infer P, infer A> ? (A extends "many" ? readonly Fits<P>[] : Fits<P>) : never
type OptionalPorts<I> = { [K in keyof I]: I[K] extends Input<PortType, infer A> ? ("optional" extends A ? K : never) : never }[keyof I]

/** Edges as a graph file gives them: one output, or a list for a `many` port. */
export type InputArgs<I extends Inputs> = { readonly [K in Exclude<keyof I, OptionalPorts<I>>]: Wire<I[K]> } & {
  readonly [K in OptionalPorts<I>]?: Wire<I[K]> | undefined
}

export interface Builder {
  /**
   * Adds a node. `path` is its name for people, `--set` and events; `/` makes groups.
   * `salt` gives a node its own random stream; without one, equal nodes share one result.
   */
  readonly add: <P extends Params, I extends Inputs, O extends Outputs>(
    path: string,
    kind: Signature<P, I, O>,
    params: ParamArgs<P>,
    ...inputs: keyof I extends never ? [inputs?: Record<string, never>, options?: AddOptions] : [inputs: InputArgs<I>, options?: AddOptions]
  ) => Handle<O>
}

export interface AddOptions {
  readonly salt?: string
}

/** A graph file's default export: built anew for every set of overrides. */
export interface GraphFile {
  readonly name: string
  readonly params: Params
  readonly build: (g: Builder, params: { readonly [name: string]: Json }) => void
}

/** Defines a graph. `params` are params of the whole graph (how many stages, which languages), set by `--set stages=4`. */
export function graph(name: string, build: (g: Builder) => void): GraphFile
export function graph<P extends Params>(name: string, options: { readonly params: P }, build: (g: Builder, params: ParamValues<P>) => void): GraphFile
export function graph(
  name: string,
  options: { readonly params: Params } | ((g: Builder) => void),
  build?: (g: Builder, params: never) => void,
): GraphFile {
  return typeof options === "function"
    ? { name, params: {}, build: options }
    : { name, params: options.params, build: build as GraphFile["build"] }
}

/** The graph under `overrides`, or everything that is wrong with it. */
export const buildGraph = (file: GraphFile, overrides: readonly Override[] = []): E.Either<readonly GraphIssue[], Graph> => {
  const own = decodeParams(file.params, applyOverrides({}, undefined, file.params, overrides))
  if (E.isLeft(own)) {
    return E.left(own.left.map(({ param, expected, got }) => ({ _tag: "BadGraphParam", param, expected, got })))
  }
  const issues: GraphIssue[] = []
  const nodes = new Map<string, Node>()
  const builder: Builder = {
    add: (path, kind, params, ...rest) => {
      const [inputs, options] = rest as [Readonly<Record<string, unknown>>?, AddOptions?]
      if (nodes.has(path)) issues.push({ _tag: "DuplicatePath", node: path })
      const { values, knobs } = readParams(params as Readonly<Record<string, unknown>>)
      const decoded = decodeParams(kind.params, applyOverrides(values, path, kind.params, overrides))
      if (E.isLeft(decoded)) issues.push(...decoded.left.map((issue) => ({ ...issue, _tag: "BadParam" as const, node: path })))
      nodes.set(path, {
        path,
        kind: kind as unknown as Signature,
        params: E.isRight(decoded) ? decoded.right : {},
        inputs: readInputs(inputs ?? {}),
        knobs,
        salt: options?.salt ?? "",
      })
      return Object.fromEntries(Object.entries(kind.outputs).map(([port, type]) => [port, { node: path, port, type }])) as never
    },
  }
  try {
    file.build(builder, own.right)
  } catch (error) {
    return E.left([...issues, buildFailed(error)])
  }
  issues.push(...unusedOverrides(overrides, file.params, nodes))
  const checked = validate({ name: file.name, params: own.right, nodes })
  if (E.isLeft(checked)) issues.push(...checked.left)
  return issues.length > 0 || E.isLeft(checked) ? E.left(issues) : checked
}

const isKnob = (value: unknown): value is KnobValue => typeof value === "object" && value !== null && (value as KnobValue)._tag === "Knob"

const readParams = (params: Readonly<Record<string, unknown>>): { values: Record<string, unknown>; knobs: Record<string, KnobRange> } => {
  const values: Record<string, unknown> = {}
  const knobs: Record<string, KnobRange> = {}
  for (const [name, value] of Object.entries(params)) {
    values[name] = isKnob(value) ? value.value : value
    if (isKnob(value)) knobs[name] = value.range
  }
  return { values, knobs }
}

const readInputs = (inputs: Readonly<Record<string, unknown>>): Record<string, readonly Ref[]> =>
  Object.fromEntries(
    Object.entries(inputs)
      .filter(([, wire]) => wire !== undefined)
      .map(([port, wire]) => [port, (Array.isArray(wire) ? wire : [wire]) as readonly Ref[]]),
  )

const buildFailed = (error: unknown): GraphIssue => {
  const message = messageOf(error)
  const at = error instanceof Error ? error.stack?.split("\n").find((line) => /\.ts:\d+/.test(line) && !/builder\.ts/.test(line))?.trim() : undefined
  return at === undefined ? { _tag: "BuildFailed", message } : { _tag: "BuildFailed", message, at }
}
