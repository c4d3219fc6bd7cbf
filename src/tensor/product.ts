/**
 * Products and running products, as trees of multiplications: gradients are products of the other elements, exact also
 * where elements are 0, and so are the gradients of those.
 */
import { mul } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import type { Axes } from "./reduce.ts"
import { broadcastTo, pad, reshape, slice } from "./reshape.ts"
import { fromFront, sortedAxes, withAxis } from "./shape.ts"
import { constant } from "./source.ts"

/** `x` with `count` ones before or after it along `axis`. */
const ones = (x: Expr, axis: number, before: number, after: number): Expr => {
  const along = (count: number) => x.shape.map((_, i) => (i === axis ? count : 0))
  return pad(x, along(before), along(after), 1)
}

const alongAxis = (x: Expr, axis: number): Expr => {
  const extent = x.shape[axis] as number
  if (extent === 1) return x
  if (extent === 0) return broadcastTo(constant(1, x.dtype), withAxis(x.shape, axis, 1))
  const half = Math.ceil(extent / 2)
  const even = ones(x, axis, 0, 2 * half - extent)
  return alongAxis(mul(slice(even, { axis, end: half }), slice(even, { axis, start: half })), axis)
}

/** The product over `axes`, 1 where there is no element. f32 or i32. */
export const prod = (x: Expr, axes?: Axes, keepDims = false): Expr => {
  const sorted = sortedAxes(axes, x.shape.length)
  const product = sorted.reduce(alongAxis, x)
  return keepDims ? product : reshape(product, product.shape.filter((_, axis) => !sorted.includes(axis)))
}

/** The product of each element and those before it along `axis`; n log n multiplications. f32 or i32. */
export const cumprod = (x: Expr, axis = -1): Expr => {
  const at = fromFront(axis, x.shape.length)
  const extent = x.shape[at] ?? 0
  let product = x
  for (let step = 1; step < extent; step *= 2) product = mul(product, ones(slice(product, { axis: at, end: extent - step }), at, step, 0))
  return product
}
