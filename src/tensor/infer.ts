/**
 * The shape and dtype rule of every op: what the result is, and which operands are refused. A table over `OpName`,
 * so a missing row does not compile. Computes nothing and builds nothing. SPEC T1.
 */
import { sizeOf, type Dtype, type Shape } from "../base/ndarray.ts"
import type { OpAttrs, OpName } from "./op.ts"
import { broadcastShapes, equalShapes, showShape, withAxis } from "./shape.ts"
import { anyDtype, bool, f32, i32, none, number, one, two, typed, type Need, type Rule } from "./shape-rule.ts"
import { TraceError, type Typed } from "./trace-error.ts"

/** The type of `op` applied to operands of these types. Throws `TraceError` when they do not fit. */
export const infer = <Op extends OpName>(op: Op, operands: readonly Typed[], attrs: OpAttrs[Op]): Typed => {
  const need: Need = (condition, expected) => {
    if (!condition) throw new TraceError(op, operands, expected)
  }
  const { shape, dtype } = rules[op](operands, attrs, need)
  need(
    shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0),
    `extents that are whole and not negative, not ${showShape(shape)}`,
  )
  return { shape, dtype }
}

const stretched = (need: Need, a: Shape, b: Shape): Shape => {
  const shape = broadcastShapes(a, b)
  need(shape !== undefined, "shapes that broadcast: aligned at the right, extents equal or 1")
  return shape as Shape
}
const unary = (dtypes: readonly Dtype[]): Rule<unknown> => one(dtypes, ({ shape, dtype }) => ({ shape, dtype }))
const binary = (dtypes: readonly Dtype[], result?: Dtype): Rule<unknown> =>
  two((a, b, _, need) => {
    typed(need, a, dtypes, "operands")
    need(a.dtype === b.dtype, "operands of one dtype")
    return { shape: stretched(need, a.shape, b.shape), dtype: result ?? a.dtype }
  })

const inRank = (need: Need, axis: number, shape: Shape) =>
  need(Number.isInteger(axis) && axis >= 0 && axis < shape.length, `an axis within rank ${shape.length}, not ${axis}`)
const nonEmpty = (need: Need, x: Typed, axes: readonly number[]) =>
  need(
    axes.every((axis) => x.shape[axis] !== 0),
    "at least one element along every reduced axis",
  )

const reduce = (empty: boolean): Rule<OpAttrs["reduce_sum"]> =>
  one(number, ({ shape, dtype }, { axes, keepDims }, need) => {
    axes.forEach((axis) => inRank(need, axis, shape))
    need(
      axes.every((axis, i) => i === 0 || axis > (axes[i - 1] as number)),
      `sorted axes without repeats, not ${showShape(axes)}`,
    )
    if (!empty) nonEmpty(need, { shape, dtype }, axes)
    const kept = shape.map((extent, i) => (axes.includes(i) ? 1 : extent))
    return { shape: keepDims ? kept : kept.filter((_, i) => !axes.includes(i)), dtype }
  })
const along: Rule<OpAttrs["softmax"]> = one(f32, (x, { axis }, need) => {
  inRank(need, axis, x.shape)
  return x
})

/** Shape of the updates that `gather` of `shape` by indices of shape `index` along `axis` gives. */
const gathered = (shape: Shape, axis: number, index: Shape): Shape => withAxis(shape, axis, ...index)
const sameBut = (a: Shape, b: Shape, axis: number): boolean =>
  a.length === b.length && equalShapes(withAxis(a, axis, 1), withAxis(b, axis, 1))

const rules: { readonly [Op in OpName]: Rule<OpAttrs[Op]> } = {
  input: none(() => {
    throw new TraceError("input", [], "a declared type: inputs have no rule of their own")
  }),
  constant: none(({ value }) => value),
  iota: none(({ shape, axis }, need) => (inRank(need, axis, shape), { shape, dtype: "i32" })),

  neg: unary(number),
  abs: unary(number),
  sign: unary(number),
  exp: unary(f32),
  log: unary(f32),
  sqrt: unary(f32),
  reciprocal: unary(f32),
  sin: unary(f32),
  cos: unary(f32),
  tanh: unary(f32),
  erf: unary(f32),
  floor: unary(f32),

  add: binary(number),
  sub: binary(number),
  mul: binary(number),
  div: binary(f32),
  pow: binary(f32),
  max: binary(number),
  min: binary(number),

  eq: binary(number, "bool"),
  lt: binary(number, "bool"),
  le: binary(number, "bool"),
  and: binary(bool),
  or: binary(bool),
  not: unary(bool),
  where: (operands, _, need) => {
    need(operands.length === 3, "three operands")
    const [condition, a, b] = operands as [Typed, Typed, Typed]
    typed(need, condition, bool, "a condition")
    need(a.dtype === b.dtype, "choices of one dtype")
    return { shape: stretched(need, condition.shape, stretched(need, a.shape, b.shape)), dtype: a.dtype }
  },
  cast: one(anyDtype, ({ shape }, { to }) => ({ shape, dtype: to })),

  matmul: two((a, b, { transposeA, transposeB }, need) => {
    need(a.dtype === "f32" && b.dtype === "f32", "operands of f32")
    need(a.shape.length >= 2 && b.shape.length >= 2, "operands of rank 2 or more")
    const [m, k] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2)
    const [l, n] = transposeB ? b.shape.slice(-2).reverse() : b.shape.slice(-2)
    need(k === l, `inner extents to be equal, not ${k} and ${l} (transposeA ${transposeA}, transposeB ${transposeB})`)
    return { shape: [...stretched(need, a.shape.slice(0, -2), b.shape.slice(0, -2)), m as number, n as number], dtype: "f32" }
  }),

  reduce_sum: reduce(true),
  reduce_max: reduce(false),
  argmax: one(number, (x, { axis }, need) => {
    inRank(need, axis, x.shape)
    nonEmpty(need, x, [axis])
    return { shape: withAxis(x.shape, axis), dtype: "i32" }
  }),
  cumsum: along,
  softmax: along,
  log_softmax: along,

  reshape: one(anyDtype, (x, { shape }, need) => {
    need(
      sizeOf(shape) === sizeOf(x.shape) && shape.every(Number.isInteger),
      `a shape of ${sizeOf(x.shape)} elements, not ${showShape(shape)}`,
    )
    return { shape, dtype: x.dtype }
  }),
  transpose: one(anyDtype, (x, { permutation }, need) => {
    const seen = [...permutation].sort((a, b) => a - b)
    need(
      seen.length === x.shape.length && seen.every((axis, i) => axis === i),
      `a permutation of ${x.shape.length} axes, not ${showShape(permutation)}`,
    )
    return { shape: permutation.map((axis) => x.shape[axis] as number), dtype: x.dtype }
  }),
  broadcast: one(anyDtype, (x, { shape }, need) => {
    need(equalShapes(broadcastShapes(x.shape, shape) ?? [-1], shape), `a shape that stretches to ${showShape(shape)}`)
    return { shape, dtype: x.dtype }
  }),
  slice: one(anyDtype, (x, { starts, ends, steps }, need) => {
    const rank = x.shape.length
    need(starts.length === rank && ends.length === rank && steps.length === rank, `a start, an end and a step for each of ${rank} axes`)
    const shape = x.shape.map((extent, i) => {
      const [start, end, step] = [starts[i] as number, ends[i] as number, steps[i] as number]
      need(
        start >= 0 && start <= end && end <= extent && step >= 1,
        `0 <= start <= end <= ${extent} and step >= 1 on axis ${i}, not ${start}:${end}:${step}`,
      )
      return Math.ceil((end - start) / step)
    })
    return { shape, dtype: x.dtype }
  }),
  pad: one(number, (x, { low, high }, need) => {
    const rank = x.shape.length
    need(low.length === rank && high.length === rank, `padding for each of ${rank} axes`)
    need(
      [...low, ...high].every((n) => n >= 0),
      "padding that is not negative",
    )
    return { shape: x.shape.map((extent, i) => extent + (low[i] as number) + (high[i] as number)), dtype: x.dtype }
  }),
  concat: (operands, { axis }, need) => {
    need(operands.length >= 2, "two operands or more")
    const [first] = operands as [Typed]
    inRank(need, axis, first.shape)
    need(
      operands.every((x) => x.dtype === first.dtype && sameBut(x.shape, first.shape, axis)),
      `one dtype and equal shapes except along axis ${axis}`,
    )
    return {
      shape: withAxis(
        first.shape,
        axis,
        operands.reduce((n, x) => n + (x.shape[axis] as number), 0),
      ),
      dtype: first.dtype,
    }
  },

  gather: two((x, indices, { axis }, need) => {
    typed(need, indices, i32, "indices")
    inRank(need, axis, x.shape)
    return { shape: gathered(x.shape, axis, indices.shape), dtype: x.dtype }
  }),
  scatter_add: two((indices, updates, { axis, size }, need) => {
    typed(need, indices, i32, "indices")
    typed(need, updates, number, "updates")
    const end = axis + indices.shape.length
    need(
      axis >= 0 && equalShapes(updates.shape.slice(axis, end), indices.shape),
      `updates with extents ${showShape(indices.shape)} from axis ${axis}`,
    )
    return { shape: [...updates.shape.slice(0, axis), size, ...updates.shape.slice(end)], dtype: updates.dtype }
  }),
  take_along: two((x, indices, { axis }, need) => {
    typed(need, indices, i32, "indices")
    inRank(need, axis, x.shape)
    need(sameBut(indices.shape, x.shape, axis), `indices of the operand's shape except along axis ${axis}`)
    return { shape: indices.shape, dtype: x.dtype }
  }),
  put_along: two((indices, updates, { axis, size }, need) => {
    typed(need, indices, i32, "indices")
    typed(need, updates, number, "updates")
    inRank(need, axis, updates.shape)
    need(equalShapes(indices.shape, updates.shape), "indices and updates of one shape")
    return { shape: withAxis(updates.shape, axis, size), dtype: updates.dtype }
  }),

  stop_gradient: unary(anyDtype),
}
