/**
 * Traced tensors. An `Expr` is a frozen value that says how a tensor is computed: an op, its arguments and its
 * attributes, with the shape and dtype that follow. Building one computes nothing.
 * Not here: how one is made (`apply.ts`, and the functions listed there), the linear form that devices take (`program.ts`).
 */
import type { Dtype, Shape } from "../base/ndarray.ts"
import type { OpAttrs, OpName } from "./op.ts"

export interface Expr<Op extends OpName = OpName> {
  readonly op: Op
  readonly args: readonly Expr[]
  readonly attrs: OpAttrs[Op]
  readonly shape: Shape
  readonly dtype: Dtype
}

/** Named traced tensors: the weights of a model inside a trace. */
export type Exprs = { readonly [name: string]: Expr }
