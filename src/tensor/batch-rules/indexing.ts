/**
 * Batch rules: ops that read and add by index. Where each example has a table and indices of its own, the tables are laid end to end
 * and the indices offset, so that there is one op for the whole batch.
 */
import { add, mul } from "../elementwise.ts"
import type { Expr } from "../expr.ts"
import { gather, putAlong, scatterAdd, scatterMax, takeAlong } from "../indexing.ts"
import { reshape } from "../reshape.ts"
import { iota } from "../source.ts"
import { moveAxes, spread, type Rule, type Rules } from "./rule.ts"
import type { IndexingOps } from "../op/indexing.ts"

/** Indices [size, ...] into tables of `extent` rows, as indices into all of them end to end. */
const offset = (indices: Expr, size: number, extent: number): Expr =>
  add(indices, mul(iota([size, ...indices.shape.slice(1).map(() => 1)], 0), extent))

const gatherRule: Rule<"gather"> = ({ a, b, attrs: { axis }, size }) => {
  if (!b.batched) return gather(a.x, b.x, axis + 1)
  if (!a.batched) return moveAxes(gather(a.x, b.x, axis), axis, 1, 0)
  const rows = moveAxes(a.x, axis + 1, 1, 1)
  const [, extent, ...rest] = rows.shape as readonly [number, number, ...number[]]
  const taken = gather(reshape(rows, [size * extent, ...rest]), offset(b.x, size, extent))
  return moveAxes(reshape(taken, [size, ...b.x.shape.slice(1), ...rest]), 1, b.x.shape.length - 1, axis + 1)
}

const scatterRule: Rule<"scatter_add" | "scatter_max"> = ({ op, a, b, attrs: { axis, size: extent }, size }) => {
  const scatter = op === "scatter_add" ? scatterAdd : scatterMax
  if (!a.batched) return scatter(a.x, b.x, axis + 1, extent)
  const rank = a.x.shape.length - 1
  const rows = moveAxes(spread(b, size), axis + 1, rank, 1)
  const rest = rows.shape.slice(1 + rank)
  const all = scatter(offset(a.x, size, extent), rows, 0, size * extent)
  return moveAxes(reshape(all, [size, extent, ...rest]), 1, 1, axis + 1)
}

export const indexingRules: Rules<IndexingOps> = {
  gather: gatherRule,
  scatter_add: scatterRule,
  scatter_max: scatterRule,
  take_along: ({ a, b, attrs: { axis }, size }) => takeAlong(spread(a, size), spread(b, size), axis + 1),
  put_along: ({ a, b, attrs: { axis, size: extent }, size }) => putAlong(spread(a, size), spread(b, size), axis + 1, extent),
}
