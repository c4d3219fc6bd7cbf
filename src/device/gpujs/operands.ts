/**
 * How the operands of a matrix product lie in memory. A product reads each element of an operand once for every row, or
 * column, of its result; where that is often, a kernel first writes the operand in the order in which the product reads it.
 */
import { must } from "../../base/assert.ts"
import { sizeOf, type Shape } from "../../base/ndarray.ts"
import type { Step } from "../../tensor/program.ts"
import type { Dialect } from "./dialect.ts"

/** The ops needed here, as `expand.ts` makes them. */
export interface Maker {
  shape(index: number): Shape
  transpose(index: number, permutation: readonly number[]): number
  /** Zeros after the end of the last axis. */
  lengthen(index: number, extent: number): number
  /** The first elements of the last axis. */
  shorten(index: number, extent: number): number
  /** The same step, with a buffer of its own. */
  keep(index: number): number
}

type Product = Extract<Step, { readonly op: "matmul" }>

/** Uses of an operand's element from which on writing it once more pays. */
const often = 24
/** Rows as long as this, or a multiple of it (2 KiB), fall into the same few sets of a cache and drive each other out. */
const colliding = 512
/** Elements (a cache line) that are added to such rows. */
const spare = 16

/** Axes of `rank` with the last two exchanged. */
const exchanged = (rank: number): readonly number[] => [...Array(rank).keys()].map((axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis))

/** The operands to read instead, and how they lie. */
export const layOut = (maker: Maker, { attrs, shape }: Product, left: number, right: number, { rightOperand }: Dialect) => {
  const inner = must(maker.shape(left).at(attrs.transposeA ? -2 : -1), "inner extent")
  const isUsedOften = (operand: number): boolean => sizeOf(shape) * inner >= often * sizeOf(maker.shape(operand))
  const turned = (operand: number): number => maker.transpose(operand, exchanged(maker.shape(operand).length))
  const given = { a: left, b: right, ...attrs }
  if (rightOperand === "any") return given
  const a = attrs.transposeA && isUsedOften(left) ? { a: maker.keep(turned(left)), transposeA: false } : {}
  if (!isUsedOften(right)) return { ...given, ...a }
  if (rightOperand === "columns") return { ...given, ...a, b: attrs.transposeB ? right : maker.keep(turned(right)), transposeB: true }
  const columns = must(shape.at(-1), "columns")
  const rows = attrs.transposeB ? turned(right) : right
  const collide = columns % colliding === 0
  const b = collide ? maker.shorten(maker.keep(maker.lengthen(rows, columns + spare)), columns) : attrs.transposeB ? maker.keep(rows) : rows
  return { ...given, ...a, b, transposeB: false }
}
