/**
 * The gradient rule of every op: from the cotangent `dy` of a result to the cotangents of its operands, expressed in
 * ops, so that gradients have gradients. A table over `OpName`, so a missing row does not compile. SPEC A1.
 *
 * `dy` stretches to `y.shape`, and each cotangent given back stretches to the shape of its operand (`cotangent.ts`).
 * An operand without an entry has no gradient: its dtype is not f32, or the op is flat almost everywhere.
 */
import { full, ranked, reshaped, unreduced, unstretched } from "./cotangent.ts"
import { add, cast, cos, div, eq, exp, le, log, lt, max, mul, neg, pow, sign, sin, sub, where, type Operand } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { gather, putAlong, scatterAdd, takeAlong } from "./indexing.ts"
import { matmul } from "./linear-algebra.ts"
import type { OpAttrs, OpName } from "./op.ts"
import { cumsum, reduceSum } from "./reduce.ts"
import { pad, reshape, slice, transpose } from "./reshape.ts"
import { withAxis } from "./shape.ts"
import { literal } from "./source.ts"

/** One application of an op: its operands (the first three by letter), attributes, result, and the result's cotangent. */
interface Site<Op extends OpName> {
  readonly args: readonly Expr[]
  readonly a: Expr
  readonly b: Expr
  readonly c: Expr
  readonly attrs: OpAttrs[Op]
  readonly y: Expr
  readonly dy: Expr
}
type Cotangents = readonly (Expr | undefined)[]
type Rule<Op extends OpName> = (site: Site<Op>) => Cotangents

/** The cotangents of the operands of `y`, in their order. */
export const cotangents = <Op extends OpName>(y: Expr<Op>, dy: Expr): Cotangents => {
  const [a, b, c] = y.args as readonly [Expr, Expr, Expr]
  return rules[y.op]({ a, b, c, args: y.args, attrs: y.attrs, y, dy })
}

const flat: Rule<OpName> = () => []

/** Operands that broadcast: `f` gives each one's cotangent as if it had been stretched beforehand. */
const pointwise =
  <Op extends OpName>(f: (site: Site<Op>) => readonly [Expr | undefined, (Expr | undefined)?, (Expr | undefined)?]): Rule<Op> =>
  (site) =>
    f(site).map((d, i) => d && unstretched(d, site.y.shape, ([site.a, site.b, site.c][i] as Expr).shape))

const choice = (condition: Expr, dy: Expr): readonly [Expr, Expr] => [where(condition, dy, 0), where(condition, 0, dy)]

const concatRule: Rule<"concat"> = ({ args, y, dy, attrs: { axis } }) => {
  const wide = ranked(dy, y.shape.length)
  let start = 0
  return args.map((part) => {
    const from = start
    start += part.shape[axis] as number
    return wide.shape[axis] === 1 && y.shape[axis] !== 1 ? wide : slice(wide, { axis, start: from, end: start })
  })
}

/** Elements `step` apart, zeros between them: the adjoint of taking every `step`-th. */
const spread = (x: Expr, axis: number, step: number): Expr => {
  if (step === 1) return x
  const lanes = reshape(x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)])
  const high = lanes.shape.map((_, i) => (i === axis + 1 ? step - 1 : 0))
  return reshape(
    pad(
      lanes,
      high.map(() => 0),
      high,
    ),
    withAxis(x.shape, axis, (x.shape[axis] as number) * step),
  )
}

const sliceRule: Rule<"slice"> = ({ a, y, dy, attrs: { starts, steps } }) => {
  const wide = a.shape.reduce((x, _, axis) => spread(x, axis, steps[axis] as number), full(dy, y.shape))
  // Spreading leaves up to step - 1 zeros behind the last element, which may reach past the end.
  const within = slice(
    wide,
    ...a.shape.map((extent, axis) => ({ axis, end: Math.min(wide.shape[axis] as number, extent - (starts[axis] as number)) })),
  )
  return [
    pad(
      within,
      starts,
      within.shape.map((extent, axis) => (a.shape[axis] as number) - (starts[axis] as number) - extent),
    ),
  ]
}

const padRule: Rule<"pad"> = ({ a, y, dy, attrs: { low } }) => {
  const wide = ranked(dy, y.shape.length)
  const cuts = a.shape.flatMap((extent, axis) => {
    const start = low[axis] as number
    return wide.shape[axis] === y.shape[axis] ? [{ axis, start, end: start + extent }] : []
  })
  return [slice(wide, ...cuts)]
}

/** One product an operand, by transposition flags instead of transposed copies. */
const matmulRule: Rule<"matmul"> = ({ a, b, y, dy, attrs: { transposeA: ta, transposeB: tb } }) => {
  const d = full(dy, y.shape)
  const da = ta ? matmul(b, d, { transposeA: tb, transposeB: true }) : matmul(d, b, { transposeB: !tb })
  const db = tb ? matmul(d, a, { transposeA: true, transposeB: ta }) : matmul(a, d, { transposeA: !ta })
  const batched = (x: Expr) => [...y.shape.slice(0, -2), ...x.shape.slice(-2)]
  return [unstretched(da, batched(a), a.shape), unstretched(db, batched(b), b.shape)]
}

/** The smallest normal f32: keeps the logarithm finite where its value is not used. */
const smallest = 2 ** -126

const inverse = (permutation: readonly number[]): readonly number[] => permutation.map((_, axis) => permutation.indexOf(axis))

const less = (x: Expr, by: number): Operand => {
  const value = literal(x)
  return value === undefined ? sub(x, by) : value - by
}

const rules: { readonly [Op in OpName]: Rule<Op> } = {
  input: flat,
  constant: flat,
  iota: flat,

  neg: ({ dy }) => [neg(dy)],
  abs: ({ a, dy }) => [mul(dy, sign(a))],
  sign: flat,
  exp: ({ y, dy }) => [mul(dy, y)],
  log: ({ a, dy }) => [div(dy, a)],
  sqrt: ({ y, dy }) => [mul(div(dy, y), 0.5)],
  reciprocal: ({ y, dy }) => [mul(mul(dy, -1), mul(y, y))],
  sin: ({ a, dy }) => [mul(dy, cos(a))],
  cos: ({ a, dy }) => [neg(mul(dy, sin(a)))],
  tanh: ({ y, dy }) => [mul(dy, sub(1, mul(y, y)))],
  // 2 / sqrt(pi) * exp(-a^2), the factor taken into the exponent.
  erf: ({ a, dy }) => [mul(dy, exp(sub(Math.log(2 / Math.sqrt(Math.PI)), mul(a, a))))],
  floor: flat,

  add: pointwise(({ dy }) => [dy, dy]),
  sub: pointwise(({ dy }) => [dy, neg(dy)]),
  mul: pointwise(({ a, b, dy }) => (a === b ? [mul(mul(dy, 2), a)] : [mul(dy, b), mul(dy, a)])),
  div: pointwise(({ b, y, dy }) => {
    const da = div(dy, b)
    return [da, neg(mul(da, y))]
  }),
  pow: pointwise(({ a, b, y, dy }) => [mul(dy, mul(pow(a, less(b, 1)), b)), mul(dy, mul(y, where(lt(0, a), log(max(a, smallest)), 0)))]),
  max: pointwise(({ a, b, dy }) => choice(le(b, a), dy)),
  min: pointwise(({ a, b, dy }) => choice(le(a, b), dy)),

  eq: flat,
  lt: flat,
  le: flat,
  and: flat,
  or: flat,
  not: flat,
  where: pointwise(({ a, dy }) => [undefined, ...choice(a, dy)]),
  cast: flat,

  matmul: matmulRule,

  reduce_sum: ({ a, dy, attrs: { axes, keepDims } }) => [unreduced(dy, a.shape.length, axes, keepDims)],
  reduce_max: ({ a, y, dy, attrs: { axes, keepDims } }) => {
    const rank = a.shape.length
    const largest = cast(eq(a, unreduced(y, rank, axes, keepDims)), "f32")
    return [mul(largest, div(unreduced(dy, rank, axes, keepDims), reduceSum(largest, axes, true)))]
  },
  argmax: flat,
  // The adjoint runs from the end: what the whole sums to, less what comes before.
  cumsum: ({ a, dy, attrs: { axis } }) => {
    const d = full(dy, a.shape)
    return [add(sub(reduceSum(d, axis, true), cumsum(d, axis)), d)]
  },
  softmax: ({ y, dy, attrs: { axis } }) => [mul(y, sub(dy, reduceSum(mul(dy, y), axis, true)))],
  log_softmax: ({ y, dy, attrs: { axis } }) => [
    sub(dy, mul(exp(y), unstretched(ranked(dy, y.shape.length), y.shape, withAxis(y.shape, axis, 1)))),
  ],

  reshape: ({ a, y, dy }) => [reshaped(dy, y.shape, a.shape)],
  transpose: ({ y, dy, attrs: { permutation } }) => [transpose(ranked(dy, y.shape.length), inverse(permutation))],
  broadcast: ({ a, y, dy }) => [unstretched(dy, y.shape, a.shape)],
  slice: sliceRule,
  pad: padRule,
  concat: concatRule,

  gather: ({ a, b, y, dy, attrs: { axis } }) => [scatterAdd(b, full(dy, y.shape), axis, a.shape[axis] as number)],
  scatter_add: ({ a, y, dy, attrs: { axis } }) => [undefined, gather(full(dy, y.shape), a, axis)],
  take_along: ({ a, b, y, dy, attrs: { axis } }) => [putAlong(b, full(dy, y.shape), axis, a.shape[axis] as number)],
  put_along: ({ a, y, dy, attrs: { axis } }) => [undefined, takeAlong(full(dy, y.shape), a, axis)],

  stop_gradient: flat,
}
