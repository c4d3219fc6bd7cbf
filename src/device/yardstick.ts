/**
 * The program that devices are measured with: one layer and its way back, the mix of matrix products and
 * elementwise work that training is made of. Three sizes, each with its number of floating-point operations, and the class
 * of size that any program belongs to.
 */
import { ndarray, type NdArray, type Tensors } from "../base/ndarray.ts"
import { mul, sub, tanh } from "../tensor/elementwise.ts"
import { matmul } from "../tensor/linear-algebra.ts"
import { work } from "../tensor/cost.ts"
import type { Program } from "../tensor/program.ts"
import { trace } from "../tensor/trace.ts"

export type SizeClass = "small" | "medium" | "large"

export const sizeClasses: readonly SizeClass[] = ["small", "medium", "large"]

export interface Yardstick {
  readonly program: Program
  readonly resident: Tensors
  readonly inputs: Tensors
  /** Floating-point operations of the matrix products of one run. */
  readonly operations: number
}

/** Rows of the batch and width of the layer. */
const extents: Readonly<Record<SizeClass, readonly [number, number]>> = { small: [32, 32], medium: [256, 96], large: [1024, 256] }

const wave = (shape: readonly [number, number]): NdArray<"f32"> =>
  ndarray("f32", shape, Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i) / 8))

/** w <- w - x^T (tanh(x w) * x) / rows, with w resident. */
export const yardstick = (size: SizeClass): Yardstick => {
  const [rows, width] = extents[size]
  const program = trace({ w: { shape: [width, width] }, x: { shape: [rows, width] } }, ({ w, x }) => ({
    w: sub(w, mul(matmul(x, mul(tanh(matmul(x, w)), x), { transposeA: true }), 1 / rows)),
  }))
  return { program, resident: { w: wave([width, width]) }, inputs: { x: wave([rows, width]) }, operations: 4 * rows * width * width }
}

/** Between the yardsticks of 0.13, 9.4 and 268 million operations, about their geometric means. */
export const mostOperations: Readonly<Record<Exclude<SizeClass, "large">, number>> = { small: 1e6, medium: 5e7 }

/** The yardstick that is most like `program`, by the operations of one run. */
export const sizeClassOf = (program: Program): SizeClass => {
  const { flops } = work(program)
  return flops <= mostOperations.small ? "small" : flops <= mostOperations.medium ? "medium" : "large"
}
