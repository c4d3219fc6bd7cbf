/**
 * The one place where expressions are made: checks the operands by the op's shape rule and freezes the result.
 * The functions that authors call are in `source.ts`, `elementwise.ts`, `linear-algebra.ts`, `reduce.ts`,
 * `reshape.ts`, `indexing.ts` and `activation.ts`.
 */
import type { Expr } from "./expr.ts"
import { infer } from "./infer.ts"
import type { OpAttrs, OpName } from "./op.ts"
import { placeHere } from "./place.ts"

/** `op` of `args`, typed by `infer`. Throws `TraceError` when the operands do not fit. */
export const apply = <Op extends OpName>(op: Op, args: readonly Expr[], attrs: OpAttrs[Op]): Expr => {
  const { shape, dtype } = infer(op, args, attrs)
  return Object.freeze({ op, args, attrs, shape, dtype, ...placeHere(apply) })
}

/** Narrows an expression by its op, so that its attributes are known. */
export const isOp = <Op extends OpName>(x: Expr, op: Op): x is Expr<Op> => x.op === op
