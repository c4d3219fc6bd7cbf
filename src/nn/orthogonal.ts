/**
 * Orthogonal first weights (Saxe et al., arXiv 1312.6120): a map that keeps lengths, uniformly distributed among them. Made
 * on the host in float64 from normal vectors, each freed from those before it (Gram and Schmidt), twice, since once leaves
 * errors of the size of the condition number (Giraud et al., 2005).
 */
import { ndarray, sizeOf, type NdArray, type Shape } from "../base/ndarray.ts"
import type { Random } from "../base/random.ts"

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)

/**
 * The rows of the weight as a matrix [first extent, the others] are orthogonal and of length `gain`, or its columns where
 * those are fewer. f32 of `shape`, of rank 2 or more.
 */
export const orthogonal = (random: Random, shape: Shape, gain = 1): NdArray<"f32"> => {
  const rows = shape[0] ?? 1
  const columns = sizeOf(shape) / rows
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
  const drawn = random.normals(count * length)
  const vectors: Float64Array[] = []
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from(drawn.subarray(i * length, (i + 1) * length))
    for (const other of [...vectors, ...vectors]) {
      const along = dot(vector, other)
      vector.forEach((x, k) => (vector[k] = x - along * (other[k] as number)))
    }
    const size = Math.sqrt(dot(vector, vector))
    vectors.push(vector.map((x) => x / size))
  }
  const data = new Float32Array(sizeOf(shape))
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [i, k] = rows <= columns ? [row, column] : [column, row]
      data[row * columns + column] = gain * ((vectors[i] as Float64Array)[k] as number)
    }
  return ndarray("f32", shape, data)
}
