/**
 * The types of wiring, as graph files see them: outputs typed by their ports, params that may be knobs, and the edges that
 * an input takes. Types only, but for `knob`. SPEC G3.
 */
import type { Json } from "../base/json.ts"
import type { Params, ParamValues } from "../schema/param.ts"
import type { AnyPort } from "../schema/stream.ts"
import type { KnobRange, Ref } from "./graph.ts"
import type { Input, Inputs } from "./signature.ts"

/** A param value that is also a control: `knob(0.5, { min: 0, max: 1 })`. */
export interface KnobValue<A extends Json = Json> {
  readonly _tag: "Knob"
  readonly value: A
  readonly range: KnobRange
}

export const knob = <A extends Json>(value: A, range: KnobRange = {}): KnobValue<A> => ({ _tag: "Knob", value, range })

/** An output of a node that was added, typed by its port. */
export interface Output<P extends AnyPort = AnyPort> extends Ref {
  readonly type: P
}

/** What `add` gives back: the node's outputs by name. */
export type Handle<O> = { readonly [K in keyof O]: O[K] extends AnyPort ? Output<O[K]> : never }

/** Params as a graph file gives them: those with a default may be left out, any may be a knob. */
export type ParamArgs<P extends Params> = {
  readonly [K in keyof P]?: ParamValues<P>[K] | KnobValue<ParamValues<P>[K] & Json>
}

type PortName<P> = P extends { readonly name: infer N } ? N : never
/** Ports fit by name, so that two port types of equal structure cannot be mixed up; a stream whose elements can be joined also fits as their value. */
type Fits<P> = Ref & { readonly type: { readonly name: PortName<P> } | { readonly collects: PortName<P> } }

type Wire<I> = I extends Input<infer P, infer A> ? (A extends "many" ? readonly Fits<P>[] : Fits<P>) : never
type OptionalPorts<I> = { [K in keyof I]: I[K] extends Input<AnyPort, infer A> ? ("optional" extends A ? K : never) : never }[keyof I]

/** Edges as a graph file gives them: one output, or a list for a `many` port. */
export type InputArgs<I extends Inputs> = { readonly [K in Exclude<keyof I, OptionalPorts<I>>]: Wire<I[K]> } & {
  readonly [K in OptionalPorts<I>]?: Wire<I[K]> | undefined
}

/** What follows the params in `add` and `use`: nothing needs to, when there are no inputs. */
export type InputRest<I extends Inputs, Options> = keyof I extends never
  ? [inputs?: Record<string, never>, options?: Options]
  : [inputs: InputArgs<I>, options?: Options]

/** The inputs of a sub-graph as its own wiring sees them: outputs of nodes outside. */
export type Wires<I extends Inputs> = {
  readonly [K in keyof I]: I[K] extends Input<infer P, infer A>
    ? A extends "many" ? readonly Output<P>[] : A extends "optional" ? Output<P> | undefined : Output<P>
    : never
}
