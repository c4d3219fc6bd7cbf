/** Gradient rules: ops that compute nothing and steer transformations. */
import { flat, type Rules } from "./rule.ts"
import type { ControlOps } from "../op/control.ts"

export const controlRules: Rules<ControlOps> = {
  stop_gradient: flat,
  straight_through: ({ dy }) => [undefined, dy],
}
