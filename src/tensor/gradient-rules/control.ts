/** Gradient rules: ops that compute nothing and steer transformations. */
import { isOp } from "../apply.ts"
import { full } from "../cotangent.ts"
import { after } from "../elementwise.ts"
import type { Expr } from "../expr.ts"
import type { ControlOps } from "../op/control.ts"
import { substitute } from "../substitute.ts"
import { flat, type Rule, type Rules } from "./rule.ts"

/**
 * What is held waits for the cotangent, so that the copy computed from it is another value than the first, and begins when the
 * backward pass arrives. A cotangent that is known from the start is nothing to wait for: then for the result itself.
 */
const checkpointRule: Rule<"checkpoint"> = ({ a: y, args, attrs: { held }, dy, pullback }) => {
  const operands = args.slice(1)
  const token = isOp(dy, "constant") ? y : dy
  const waiting = operands.map((x, i) => (i < held ? after(x, token) : x))
  const [again] = substitute([y], new Map<Expr, Expr>(operands.map((x, i) => [x, waiting[i] as Expr])))
  const variables = waiting.filter(({ dtype }) => dtype === "f32")
  const found = pullback([[again as Expr, full(dy, y.shape)]], variables)
  return [undefined, ...waiting.map((x) => found[variables.indexOf(x)])]
}

export const controlRules: Rules<ControlOps> = {
  stop_gradient: flat,
  straight_through: ({ dy }) => [undefined, dy],
  after: ({ dy }) => [dy],
  checkpoint: checkpointRule,
}
