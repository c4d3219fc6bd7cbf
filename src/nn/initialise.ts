/** First weights by their published names. Streams are the caller's: a weight that draws from a stream of its own name starts the same in every model. */
import { ndarray, sizeOf, type NdArray, type Shape } from "../base/ndarray.ts"
import type { Random } from "../base/random.ts"

/** Inputs that one output of a weight sums over: filters are [O, C / groups, kh, kw], matrices [in, out]. */
export const fanIn = (shape: Shape): number => (shape.length > 2 ? sizeOf(shape.slice(1)) : (shape[0] ?? 1))

/** He normal, for layers behind rectifiers (He et al., arXiv 1502.01852): normal(0, sqrt(2 / fan-in)). */
export const heNormal = (random: Random, shape: Shape): NdArray<"f32"> => {
  const deviation = Math.sqrt(2 / fanIn(shape))
  return ndarray("f32", shape, random.normals(sizeOf(shape)).map((x) => x * deviation))
}

export const filled = (shape: Shape, value: number): NdArray<"f32"> => ndarray("f32", shape, new Float32Array(sizeOf(shape)).fill(value))
