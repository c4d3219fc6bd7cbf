/**
 * The signature of a node kind: everything about it that wiring, checking, keys and pictures need, and nothing that runs.
 * What runs is added by `defineKind` (engine/kind.ts). SPEC G1.
 */
import type { Builder } from "./builder.ts"
import type { Handle, Wires } from "./wiring.ts"
import type { Params, ParamValues } from "../schema/param.ts"
import type { PortType, PortValue } from "../schema/port.ts"
import type { AnyPort, Stream, StreamElement, StreamType } from "../schema/stream.ts"

/** How many edges an input takes. */
export type Arity = "one" | "optional" | "many"

export interface Input<P extends AnyPort = AnyPort, A extends Arity = Arity> {
  readonly type: P
  readonly arity: A
  /** The result may not depend on it: `needs` says. */
  readonly lazy?: true
}

export interface LazyInput<P extends AnyPort = AnyPort, A extends Arity = Arity> extends Input<P, A> {
  readonly lazy: true
}

export const one = <P extends AnyPort>(type: P): Input<P, "one"> => ({ type, arity: "one" })
export const optional = <P extends AnyPort>(type: P): Input<P, "optional"> => ({ type, arity: "optional" })
/** One or more edges, in the order given. */
export const many = <P extends AnyPort>(type: P): Input<P, "many"> => ({ type, arity: "many" })

/** An input whose edges are computed only if the kind's `needs` asks for them; `run` gets undefined in place of the others. */
export const lazy = <P extends AnyPort, A extends Arity>(input: Input<P, A>): LazyInput<P, A> => ({ ...input, lazy: true })

export type Inputs = { readonly [port: string]: Input }
export type Outputs = { readonly [port: string]: AnyPort }
export type ValueOutputs = { readonly [port: string]: PortType }

/** What a port gives to the node that reads it. */
type Read<P> = P extends StreamType ? Stream<StreamElement<P>> : PortValue<P>

export type InputValues<I> = {
  readonly [K in keyof I]: I[K] extends LazyInput<infer P, infer A>
    ? A extends "many" ? readonly (Read<P> | undefined)[] : Read<P> | undefined
    : I[K] extends Input<infer P, infer A>
      ? A extends "many" ? readonly Read<P>[] : A extends "optional" ? Read<P> | undefined : Read<P>
      : never
}
export type LazyPorts<I> = { [K in keyof I]: I[K] extends LazyInput ? K : never }[keyof I]
/** Edges of the lazy ports that are in the graph. */
export type EdgeCounts<I> = { readonly [K in LazyPorts<I>]: number }
/** Which edges of the lazy ports the result depends on: one answer for all edges of a port, or one for each. */
export type Needs<I> = { readonly [K in LazyPorts<I>]: boolean | readonly boolean[] }
/** For each output, an input whose type it has. */
export type Passes<I, O> = {
  readonly [K in keyof O]: Extract<{ [J in keyof I]: I[J] extends Input<infer P> ? (SameName<P, O[K]> extends true ? J : never) : never }[keyof I], string>
}
// In brackets, so that "any port" is one type and not each of its two.
type SameName<P, Q> = [P, Q] extends [{ readonly name: infer N }, { readonly name: infer M }] ? (N extends M ? true : false) : false
type StreamPorts<O> = { [K in keyof O]: O[K] extends PortType ? never : K }[keyof O]
export type OutputValues<O> = { readonly [K in keyof O]: PortValue<O[K]> }
/** Values of the ports that are no streams. */
export type PlainValues<O> = { readonly [K in Exclude<keyof O, StreamPorts<O>>]: PortValue<O[K]> }
/** One element for some of the stream ports. */
export type OutputElements<O> = { readonly [K in StreamPorts<O>]?: StreamElement<O[K]> }

export interface Signature<P extends Params = Params, I extends Inputs = Inputs, O extends Outputs = Outputs> {
  /** `family/name`, as in `merger/compose`. Part of the key. */
  readonly id: string
  /** `import.meta.url` of the file that exports the kind: where its code version is computed from and where workers load it. */
  readonly module: string
  readonly title: string
  /** The paper or page the kind follows. */
  readonly reference?: string
  readonly params: P
  readonly inputs: I
  readonly outputs: O
  /** The result depends on the graph's seed. */
  readonly seeded?: boolean
  /** The result depends on floats computed on the device, so its family is part of the key. */
  readonly onDevice?: boolean
  /** Cores the kind can use: 1 if absent. `0` marks work so small that it runs beside the engine, not in a worker. */
  readonly cores?: number
  /** What a job of the kind uses besides cores, as named counters ("memory" in bytes): they start when there is enough. */
  uses?(params: ParamValues<P>): { readonly [name: string]: number }
  /** Params that only extend the work (`steps`): a larger value continues from the end of a smaller one. */
  readonly extends?: readonly string[]
  /**
   * Which lazy inputs the result depends on; the others are never computed for this node, and are not in its key. Pure
   * and cheap. Asked first without `inputs`; if it cannot tell by the params it gives undefined, and is asked again with
   * the values of the inputs that are not lazy.
   */
  needs?(params: ParamValues<P>, edges: EdgeCounts<I>, inputs: Omit<InputValues<I>, LazyPorts<I>> | undefined): Needs<I> | undefined
  /**
   * The result depends on more than its key: the time, the world. `revision`: it is computed anew in every revision;
   * `everyMs`: a result holds as long as the clock stays in the same slot of that length.
   */
  readonly volatile?: "revision" | { readonly everyMs: number }
  /**
   * Instead of running, the kind wires nodes of its own, inside the path of its node: as many and of such params as the
   * values of its inputs say. Inputs that are only passed on are lazy. Pure and cheap; see `defineExpansion`.
   */
  expand?(g: Builder, params: ParamValues<P>, inputs: Omit<InputValues<I>, LazyPorts<I>>, wires: Wires<I>): Handle<O>
  /** Which input passes to which output when the node is bypassed; absent: it cannot be. Of a list the first edge passes. */
  readonly passes?: Passes<I, O>
  /** Files outside the graph that the result depends on; their contents become part of the key. */
  files?(params: ParamValues<P>): readonly string[]
}
