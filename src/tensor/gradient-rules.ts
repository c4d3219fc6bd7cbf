/**
 * The gradient rule of every op: from the cotangent `dy` of a result to the cotangents of its operands, expressed in
 * ops, so that gradients have gradients. A table over `OpName`, a file a family in `gradient-rules/`, so a missing row does not compile. SPEC A1.
 *
 * `dy` stretches to `y.shape`, and each cotangent given back stretches to the shape of its operand (`cotangent.ts`).
 * An operand without an entry has no gradient: its dtype is not f32, or the op is flat almost everywhere.
 */
import { must } from "../base/assert.ts"
import type { Expr } from "./expr.ts"
import { contractionRules } from "./gradient-rules/contraction.ts"
import { controlRules } from "./gradient-rules/control.ts"
import { convolutionRules } from "./gradient-rules/convolution.ts"
import { elementwiseRules } from "./gradient-rules/elementwise.ts"
import { indexingRules } from "./gradient-rules/indexing.ts"
import { layoutRules } from "./gradient-rules/layout.ts"
import { loopRules } from "./gradient-rules/loop.ts"
import { randomRules } from "./gradient-rules/random.ts"
import type { Cotangents, Pullback, Rules } from "./gradient-rules/rule.ts"
import { sourceRules } from "./gradient-rules/source.ts"
import { windowRules } from "./gradient-rules/window.ts"
import type { OpAttrs, OpName } from "./op.ts"

/** The cotangents of the operands of an application, in their order, from those at its results: one, or several of one loop. */
export const cotangents = <Op extends OpName>(arriving: readonly (readonly [Expr<Op>, Expr])[], pullback: Pullback): Cotangents => {
  const [y, dy] = must(arriving[0], "result")
  const [a, b, c] = y.args as readonly [Expr, Expr, Expr]
  return rules[y.op]({ a, b, c, args: y.args, attrs: y.attrs, y, dy, arriving, pullback })
}

const rules: Rules<OpAttrs> = {
  ...sourceRules,
  ...elementwiseRules,
  ...contractionRules,
  ...convolutionRules,
  ...windowRules,
  ...layoutRules,
  ...indexingRules,
  ...randomRules,
  ...controlRules,
  ...loopRules,
}
