/** What batch rules are written with: one application of an op to operands some of which have a batch axis in front. */
import { apply } from "../apply.ts"
import type { Expr } from "../expr.ts"
import type { OpAttrs, OpName } from "../op.ts"
import { broadcastTo, reshape, transpose } from "../reshape.ts"
import type { Typed } from "../trace-error.ts"

/** The operand of one example, or of all of them: then `x` has one axis more, in front, of the batch's extent. */
export interface Operand {
  readonly x: Expr
  readonly batched: boolean
}

/** One application: its operands (at least one batched; the first two by letter), attributes, and its result for one example. */
export interface Site<Op extends OpName> {
  readonly op: Op
  readonly args: readonly Operand[]
  readonly a: Operand
  readonly b: Operand
  readonly attrs: OpAttrs[Op]
  readonly y: Typed
  readonly size: number
  /** Batching itself (`batch-rules.ts`), for ops that hold programs. */
  readonly batch: Batch
}
/** Results for all examples, [size, ...shape] each; `wholes` says what stands for a variable of one example. */
export type Batch = (results: readonly Expr[], wholes: ReadonlyMap<Expr, Expr>, size: number) => readonly Expr[]
/** The results of all examples: of the shape [size, ...y.shape]. */
export type Rule<Op extends OpName> = (site: Site<Op>) => Expr
/** A rule for every op of a family: a missing row does not compile. */
export type Rules<Ops> = { readonly [Op in keyof Ops & OpName]: Rule<Op> }

/** As numpy broadcasts it against results of one example of `rank`: the batch stays in front of all other axes. */
export const aligned = ({ x, batched }: Operand, rank: number): Expr => {
  if (!batched) return x
  const [size, ...shape] = x.shape as readonly [number, ...number[]]
  return reshape(x, [size, ...Array<number>(rank - shape.length).fill(1), ...shape])
}

/** With a batch axis, copied along it if all examples have the same. */
export const spread = ({ x, batched }: Operand, size: number): Expr => (batched ? x : broadcastTo(x, [size, ...x.shape]))

/** Axes moved: the one at `from` to `to`, the others in their order. */
export const moveAxes = (x: Expr, from: number, count: number, to: number): Expr => {
  const all = [...x.shape.keys()]
  const moved = all.splice(from, count)
  all.splice(to, 0, ...moved)
  return transpose(x, all)
}

/** Ops whose operands broadcast. */
export const pointwise = <Op extends OpName>({ op, args, attrs, y }: Site<Op>): Expr =>
  apply(
    op,
    args.map((arg) => aligned(arg, y.shape.length)),
    attrs,
  )

/** Ops without operands are the same for all examples, so they have no batch. */
export const none: Rule<OpName> = ({ op }) => {
  throw new Error(`${op} has no operands to be batched`)
}
