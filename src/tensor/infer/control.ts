/** Shape and dtype rules: ops that compute nothing and steer transformations. */
import { anyDtype, unary, type Rules } from "./rule.ts"
import type { ControlOps } from "../op/control.ts"

export const controlRules: Rules<ControlOps> = {
  stop_gradient: unary(anyDtype),
}
