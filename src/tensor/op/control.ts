/** Ops that compute nothing and steer transformations. */
import type { None } from "./attributes.ts"

export interface ControlOps {
  // autodiff
  /** Identity whose gradient is zero. */
  readonly stop_gradient: None
  /** (value, through), equal types: the value, whose gradient goes to `through`. */
  readonly straight_through: None
  /** (x, token) -> x, of any dtypes and shapes: the identity of x, but no device has it before the token is computed, nor takes it for x. */
  readonly after: None
  /**
   * (y, operands...) -> y, f32: the identity of y, whose gradient computes what lies between the operands and y again instead of
   * keeping it. The first `held` operands are kept for that; y reaches the others without them.
   */
  readonly checkpoint: { readonly held: number }
}
