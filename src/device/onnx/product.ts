/**
 * Matrix products, alone or in stacks, in the form that onnxruntime is fast at and whose result does not depend on how many
 * threads share the work. SPEC D4.
 */
import { must } from "../../base/assert.ts"
import type { Shape } from "../../base/ndarray.ts"
import { broadcastShapes } from "../../tensor/shape.ts"
import { type Emit, microsoft } from "./emit.ts"
import type { Value } from "./row.ts"

export interface Transposed {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

type Operand = Pick<Value, "name" | "shape">

/** Extents of a matrix as it is multiplied. */
const matrix = ({ shape }: Operand, transposed: boolean): readonly [number, number] => {
  const [rows, columns] = shape.slice(-2) as [number, number]
  return transposed ? [columns, rows] : [rows, columns]
}

/**
 * onnxruntime (MLAS, `MlasSgemmOperation`) sums a product's inner extent in blocks of this many. Where the left operand is read as it
 * is stored and a thread's share of the columns is narrow, 64 or less, the blocks are longer, and the sums round differently. Threads
 * share rows unless there are more columns.
 */
const innerBlock = 128

/**
 * Whether some thread's share of `columns` may be narrow. Columns are shared by sixteens; a thread takes one share, on a processor
 * with two kinds of cores four, of 64 at most.
 */
const mayBeNarrow = (columns: number, threads: number): boolean => Math.floor(Math.ceil(columns / 16) / Math.min(64, 4 * threads)) <= 4

/** Multiplications that onnxruntime wants for each thread that is to share in a product. */
const enoughForThread = 65536

/** As many threads as a product is ever shared by. */
const mostThreads = 128

/**
 * Whether a thread's share of `m` rows may be a single one, which is another routine where the left operand is read as it is stored.
 * Beside 64 columns or fewer the answer must be the same for any number of threads: there the blocks are longer however rows are shared.
 */
const mayBeSingle = (m: number, k: number, n: number, threads: number): boolean =>
  m > 1 && n * k >= enoughForThread / 2 && m < 2 * (n <= 64 ? mostThreads : threads)

/** Whether the order in which [m, k] by [k, n] is summed follows the threads, where the left operand is read as it is stored. */
export const followsThreads = (m: number, k: number, n: number, threads: number): boolean =>
  n > m ? m > 1 && k > innerBlock && mayBeNarrow(n, threads) : mayBeSingle(m, k, n, threads)

/** A B, either operand possibly stored transposed. The name of the result. */
export const product = (emit: Emit, a: Operand, b: Operand, { transposeA, transposeB }: Transposed): string => {
  const [[m, k], [, n]] = [matrix(a, transposeA), matrix(b, transposeB)]
  // Nothing to add up: `FusedMatMul` leaves its result as the memory was.
  if (k === 0) return emit.expand(emit.scalar("f32", 0), [...stretched(a, b), m, n])
  if (emit.standard) return standard(emit, a, b, { transposeA, transposeB })
  // A matrix by a column is another routine, which depends on where a thread's rows begin; by a stored row it is not.
  if (!transposeA && !transposeB && n === 1 && m > 1) return product(emit, a, turned(emit, b, true), { transposeA, transposeB: true })
  if (!transposeA && followsThreads(m, k, n, emit.threads)) return product(emit, turned(emit, a, false), b, { transposeA: true, transposeB })
  if (!transposeA && !transposeB) return emit.node("MatMul", [a.name, b.name])
  const flags = { transA: Number(transposeA), transB: Number(transposeB) }
  if (a.shape.length === 2 && b.shape.length === 2) return emit.node("Gemm", [a.name, b.name], flags)
  return transposeA && !transposeB && n < m ? flipped(emit, a, b) : emit.node("FusedMatMul", [a.name, b.name], flags, microsoft)
}

/** Extents of the stack that two stacks of matrices make. */
const stretched = (a: Operand, b: Operand): Shape => must(broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), "shapes that broadcast")

/** By `MatMul` and `Transpose` alone; matrices by `Gemm`. */
const standard = (emit: Emit, a: Operand, b: Operand, { transposeA, transposeB }: Transposed): string => {
  if (a.shape.length === 2 && b.shape.length === 2) return emit.node("Gemm", [a.name, b.name], { transA: Number(transposeA), transB: Number(transposeB) })
  const upright = ({ name, shape }: Operand, transposed: boolean): string => {
    const batch = shape.length - 2
    return transposed ? emit.node("Transpose", [name], { perm: [...Array(batch).keys(), batch + 1, batch] }) : name
  }
  return emit.node("MatMul", [upright(a, transposeA), upright(b, transposeB)])
}

/**
 * A^T B as (B^T A)^T, for a B narrower than A: reading the larger operand along its rows takes two thirds of the time in attention's
 * backward pass, and onnxruntime merges the transposition with the one that puts the heads back.
 */
const flipped = (emit: Emit, a: Operand, b: Operand): string => {
  const result = emit.node("FusedMatMul", [b.name, a.name], { transA: 1 }, microsoft)
  const batch = Math.max(a.shape.length, b.shape.length) - 2
  return emit.node("Transpose", [result], { perm: [...Array(batch).keys(), batch + 1, batch] })
}

/** Stored the other way. With an axis more, because onnxruntime takes a plain transposition back into the product. */
const turned = (emit: Emit, { name, shape }: Operand, isColumn: boolean): Operand => {
  const [batch, rows, columns] = [shape.slice(0, -2), shape.at(-2)!, shape.at(-1)!]
  const turnedShape = [...batch, columns, rows]
  // The elements of a column already lie as those of a row do.
  if (isColumn) return { name: emit.reshape(name, turnedShape), shape: turnedShape }
  const n = batch.length
  const perm = [...batch.keys(), n + 1, n, n + 2]
  const moved = emit.node("Transpose", [emit.reshape(name, [...shape, 1])], { perm })
  return { name: emit.reshape(moved, turnedShape), shape: turnedShape }
}
