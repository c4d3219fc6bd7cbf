/** Batch rules: ops that compute nothing and steer transformations. */
import { pointwise, type Rules } from "./rule.ts"
import type { ControlOps } from "../op/control.ts"

export const controlRules: Rules<ControlOps> = {
  stop_gradient: pointwise,
}
