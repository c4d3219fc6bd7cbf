/**
 * The shape and dtype rule of every op: what the result is, and which operands are refused. A table over `OpName`, a
 * file a family in `infer/`, so a missing row does not compile. Computes nothing and builds nothing. SPEC T1.
 */
import { contractionRules } from "./infer/contraction.ts"
import { controlRules } from "./infer/control.ts"
import { convolutionRules } from "./infer/convolution.ts"
import { elementwiseRules } from "./infer/elementwise.ts"
import { indexingRules } from "./infer/indexing.ts"
import { layoutRules } from "./infer/layout.ts"
import { loopRules } from "./infer/loop.ts"
import { randomRules } from "./infer/random.ts"
import type { Need, Rules } from "./infer/rule.ts"
import { sourceRules } from "./infer/source.ts"
import { windowRules } from "./infer/window.ts"
import type { OpAttrs, OpName } from "./op.ts"
import { showShape } from "./shape.ts"
import { suggestion } from "./suggestion.ts"
import { TraceError, type Typed } from "./trace-error.ts"

/** The type of `op` applied to operands of these types. Throws `TraceError` when they do not fit. */
export const infer = <Op extends OpName>(op: Op, operands: readonly Typed[], attrs: OpAttrs[Op]): Typed =>
  typeBy(op, operands, attrs, (condition, expected) => {
    if (!condition) throw new TraceError(op, operands, expected, suggestion(operands, { ...attrs }, (others, changed) => fits(op, others, changed as OpAttrs[Op])))
  })

/** What the op's rule says, and what holds for every result. `need` throws where a condition fails. */
const typeBy = <Op extends OpName>(op: Op, operands: readonly Typed[], attrs: OpAttrs[Op], need: Need): Typed => {
  const { shape, dtype } = rules[op](operands, attrs, need)
  need(
    shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0),
    `extents that are whole and not negative, not ${showShape(shape)}`,
  )
  return { shape, dtype }
}

/** Whether the op's rule takes these operands. Rules end where a condition fails, so that one ends by throwing. */
const fits = <Op extends OpName>(op: Op, operands: readonly Typed[], attrs: OpAttrs[Op]): boolean => {
  try {
    typeBy(op, operands, attrs, (condition, expected) => {
      if (!condition) throw new Error(expected)
    })
    return true
  } catch {
    return false
  }
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
