/**
 * Shapes of cotangents. During the backward pass a cotangent may be smaller than its tensor, as long as it stretches
 * to it: the gradient of a mean stays a scalar until something needs its elements. This file turns one form into
 * another.
 */
import { sizeOf, type Shape } from "../base/ndarray.ts"
import { mul } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { reduceSum } from "./reduce.ts"
import { broadcastTo, reshape } from "./reshape.ts"

/** All elements present. */
export const full = (dy: Expr, shape: Shape): Expr => broadcastTo(dy, shape)

/** The same cotangent with `rank` axes, new ones of extent 1 in front. */
export const ranked = (dy: Expr, rank: number): Expr => reshape(dy, [...Array<number>(rank - dy.shape.length).fill(1), ...dy.shape])

/** Reshaped like its tensor was: free while the cotangent is one number. */
export const reshaped = (dy: Expr, from: Shape, to: Shape): Expr => (sizeOf(dy.shape) === 1 ? reshape(dy, []) : reshape(full(dy, from), to))

/**
 * The cotangent of an operand of shape `target` that was stretched to `over`: the sum over all its copies. `dy` itself
 * may be smaller than `over`; a sum over equal copies is a product.
 */
export const unstretched = (dy: Expr, over: Shape, target: Shape): Expr => {
  const extra = over.length - target.length
  const offset = over.length - dy.shape.length
  const summed: number[] = []
  let copies = 1
  for (let axis = 0; axis < over.length; axis++) {
    const extent = over[axis] as number
    if (extent === 1 || (target[axis - extra] ?? 1) !== 1) continue
    if (axis >= offset && dy.shape[axis - offset] === extent) summed.push(axis - offset)
    else copies *= extent
  }
  return mul(summed.length === 0 ? fitted(dy, target.length) : sumOut(dy, summed, target.length), copies)
}

/** Summed over `axes`, and without the axes in front that a tensor of `rank` does not have. */
const sumOut = (dy: Expr, axes: readonly number[], rank: number): Expr => {
  const front = Math.max(0, dy.shape.length - rank)
  if (axes.every((axis) => axis < front)) return reduceSum(dy, [...Array(front).keys()])
  return fitted(reduceSum(dy, axes, true), rank)
}

const fitted = (dy: Expr, rank: number): Expr => (dy.shape.length > rank ? reshape(dy, dy.shape.slice(dy.shape.length - rank)) : dy)

/** The cotangent of `reduce(x, axes)` as it stretches to `x`: an axis of extent 1 for every axis that was removed. */
export const unreduced = (dy: Expr, rank: number, axes: readonly number[], keepDims: boolean): Expr => {
  if (sizeOf(dy.shape) === 1) return reshape(dy, [])
  if (keepDims || axes.every((axis, i) => axis === i)) return dy
  const kept = [...ranked(dy, rank - axes.length).shape]
  return reshape(
    dy,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (kept.shift() as number))),
  )
}
