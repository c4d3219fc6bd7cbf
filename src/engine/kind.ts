/** A node kind: its signature and the function that runs. */
import { AssertionError } from "../base/assert.ts"
import type { Observable } from "rxjs"
import type { Params, ParamValues } from "../schema/param.ts"
import type { InputValues, Inputs, OutputElements, Outputs, OutputValues, PlainValues, Signature, ValueOutputs } from "../graph/signature.ts"
import type { RunContext } from "./context.ts"

/** A value, a promise of it, or a stream whose emissions are partial results and whose last is the result. */
export type RunResult<A> = A | Promise<A> | Observable<A>

export interface Kind<P extends Params = Params, I extends Inputs = Inputs, O extends Outputs = Outputs> extends Signature<P, I, O> {
  run(inputs: InputValues<I>, params: ParamValues<P>, context: RunContext): RunResult<OutputValues<O>>
}

/** A kind with stream outputs. */
export interface StreamKind<P extends Params = Params, I extends Inputs = Inputs, O extends Outputs = Outputs> extends Signature<P, I, O> {
  /**
   * Gives elements as they come, port by port, and returns at the end the values of the ports that are no streams. It is
   * asked for the next elements when every consumer has credit for more. SPEC S3.
   */
  run(inputs: InputValues<I>, params: ParamValues<P>, context: RunContext): AsyncGenerator<OutputElements<O>, PlainValues<O>>
}

/** Makes a kind that gives elements of streams while it runs. */
export const defineStream = <const P extends Params, const I extends Inputs, const O extends Outputs>(kind: StreamKind<P, I, O>): StreamKind<P, I, O> =>
  Object.freeze(kind)

/** A kind that becomes a sub-graph while running; it has `expand` instead of `run`. */
export const defineExpansion = <const P extends Params, const I extends Inputs, const O extends Outputs>(
  kind: Signature<P, I, O> & Required<Pick<Signature<P, I, O>, "expand">>,
): Kind<P, I, O> =>
  Object.freeze({
    ...kind,
    run: () => {
      throw new AssertionError(`${kind.id} expands and does not run`)
    },
  })

/** Makes a kind. The result is a frozen value: two kinds are the same when their id and code version are. */
export const defineKind = <const P extends Params, const I extends Inputs, const O extends ValueOutputs>(kind: Kind<P, I, O>): Kind<P, I, O> =>
  Object.freeze(kind)
