/** A node kind: its signature and the function that runs. */
import type { Observable } from "rxjs"
import type { Params, ParamValues } from "../schema/param.ts"
import type { InputValues, Inputs, Outputs, OutputValues, Signature } from "../graph/signature.ts"
import type { RunContext } from "./context.ts"

/** A value, a promise of it, or a stream whose emissions are partial results and whose last is the result. */
export type RunResult<A> = A | Promise<A> | Observable<A>

export interface Kind<P extends Params = Params, I extends Inputs = Inputs, O extends Outputs = Outputs> extends Signature<P, I, O> {
  run(inputs: InputValues<I>, params: ParamValues<P>, context: RunContext): RunResult<OutputValues<O>>
}

/** Makes a kind. The result is a frozen value: two kinds are the same when their id and code version are. */
export const defineKind = <const P extends Params, const I extends Inputs, const O extends Outputs>(kind: Kind<P, I, O>): Kind<P, I, O> =>
  Object.freeze(kind)
