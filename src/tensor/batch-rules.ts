/**
 * The batch rule of every op: how it is applied to many examples at once, expressed in ops, so that what `vmap` gives has gradients
 * and can be batched again. A table over `OpName`, a file a family in `batch-rules/`, so a missing row does not compile. SPEC A5.
 *
 * How a row is written: it gets the operands, each with a note whether it is `batched`, that is, has an axis more in front than the
 * op applied to one example would see; the attributes and the result's type `y` are those of one example. It gives back
 * [size, ...y.shape]. At least one operand is batched. Three ways cover most ops: `pointwise` for those whose operands broadcast;
 * axes in attributes moved by one (`axis + 1`); `spread` for an operand that must have the batch. An op with a batch of its
 * own (a convolution) folds the two into one. Keep it one op: that is what `vmap` is for.
 */
import { contractionRules } from "./batch-rules/contraction.ts"
import { controlRules } from "./batch-rules/control.ts"
import { convolutionRules } from "./batch-rules/convolution.ts"
import { elementwiseRules } from "./batch-rules/elementwise.ts"
import { indexingRules } from "./batch-rules/indexing.ts"
import { layoutRules } from "./batch-rules/layout.ts"
import { loopRules } from "./batch-rules/loop.ts"
import { randomRules } from "./batch-rules/random.ts"
import type { Batch, Operand, Rule, Rules } from "./batch-rules/rule.ts"
import { sourceRules } from "./batch-rules/source.ts"
import { windowRules } from "./batch-rules/window.ts"
import { dependenciesFirst } from "./dependencies.ts"
import type { Expr } from "./expr.ts"
import type { OpAttrs, OpName } from "./op.ts"
import { broadcastTo } from "./reshape.ts"

/** `y` for all examples, [size, ...y.shape], from its operands. */
const batchedResult = (y: Expr, args: readonly Operand[], size: number): Expr => {
  const [a, b] = args as readonly [Operand, Operand]
  // The row and the expression are of one op; the compiler cannot see that.
  const rule = rules[y.op] as Rule<OpName>
  return rule({ op: y.op, args, a, b, attrs: y.attrs, y, size, batch: batched })
}

/** `results` for all examples: what depends on a variable of one example is rewritten, the rest is the same for all. */
export const batched: Batch = (results, wholes, size) => {
  const all = new Map(wholes)
  for (const x of dependenciesFirst(results, (x) => wholes.has(x))) {
    if (all.has(x) || !x.args.some((arg) => all.has(arg))) continue
    const args = x.args.map((arg) => ({ x: all.get(arg) ?? arg, batched: all.has(arg) }))
    all.set(x, batchedResult(x, args, size))
  }
  return results.map((y) => all.get(y) ?? broadcastTo(y, [size, ...y.shape]))
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
