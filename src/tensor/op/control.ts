/** Ops that compute nothing and steer transformations. */
import type { None } from "./attributes.ts"

export interface ControlOps {
  // autodiff
  /** Identity whose gradient is zero. */
  readonly stop_gradient: None
  /** (value, through), equal types: the value, whose gradient goes to `through`. */
  readonly straight_through: None
}
