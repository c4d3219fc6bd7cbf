/** Batch rules: ops that compute nothing and steer transformations. */
import { apply } from "../apply.ts"
import { recomputed } from "../checkpoint.ts"
import { after } from "../elementwise.ts"
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
  after: ({ a, b, size }) => after(spread(a, size), b.x),
  checkpoint: ({ a: y, args, attrs: { held }, size }) =>
    recomputed(
      spread(y, size),
      args.slice(1, 1 + held).map(({ x }) => x),
    ),
}
