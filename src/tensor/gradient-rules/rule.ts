/** What gradient rules are written with: one application of an op, and the forms that many rules have. */
import { unstretched } from "../cotangent.ts"
import type { Expr } from "../expr.ts"
import type { OpAttrs, OpName } from "../op.ts"

/** One application of an op: its operands (the first three by letter), attributes, result, and the result's cotangent. */
export interface Site<Op extends OpName> {
  readonly args: readonly Expr[]
  readonly a: Expr
  readonly b: Expr
  readonly c: Expr
  readonly attrs: OpAttrs[Op]
  readonly y: Expr<Op>
  readonly dy: Expr
  /** `y` and `dy`, and further results of the same loop at which cotangents arrive. */
  readonly arriving: readonly (readonly [y: Expr<Op>, dy: Expr])[]
  /** Differentiation itself (`gradient.ts`), for ops that hold programs. */
  readonly pullback: Pullback
}
/** From results with their cotangents to the cotangents of variables, each of its variable's shape. */
export type Pullback = (arriving: readonly (readonly [result: Expr, cotangent: Expr])[], wrt: readonly Expr[]) => readonly Expr[]
export type Cotangents = readonly (Expr | undefined)[]
export type Rule<Op extends OpName> = (site: Site<Op>) => Cotangents
/** A rule for every op of a family: a missing row does not compile. */
export type Rules<Ops> = { readonly [Op in keyof Ops & OpName]: Rule<Op> }

export const flat: Rule<OpName> = () => []

/** Operands that broadcast: `f` gives each one's cotangent as if it had been stretched beforehand. */
export const pointwise =
  <Op extends OpName>(f: (site: Site<Op>) => readonly [Expr | undefined, (Expr | undefined)?, (Expr | undefined)?]): Rule<Op> =>
  (site) =>
    f(site).map((d, i) => d && unstretched(d, site.y.shape, ([site.a, site.b, site.c][i] as Expr).shape))
