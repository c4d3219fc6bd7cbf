/** Batch rules: ops that compute nothing and steer transformations. */
import { apply } from "../apply.ts"
import { pointwise, spread, type Rules } from "./rule.ts"
import type { ControlOps } from "../op/control.ts"

export const controlRules: Rules<ControlOps> = {
  stop_gradient: pointwise,
  straight_through: ({ op, args, attrs, size }) =>
    apply(
      op,
      args.map((arg) => spread(arg, size)),
      attrs,
    ),
}
