/** First weights by their published names. Streams are the caller's: a weight that draws from a stream of its own name starts the same in every model. */
import { ndarray, sizeOf, type NdArray, type Shape } from "../base/ndarray.ts"
import type { Random } from "../base/random.ts"

/** Inputs that one output of a weight sums over: filters are [O, C / groups, kh, kw], matrices [in, out]. */
export const fanIn = (shape: Shape): number => (shape.length > 2 ? sizeOf(shape.slice(1)) : (shape[0] ?? 1))

/** Outputs that one input of a weight goes to. */
export const fanOut = (shape: Shape): number => (shape.length > 2 ? sizeOf([shape[0] ?? 1, ...shape.slice(2)]) : (shape[1] ?? 1))

const normalOf = (random: Random, shape: Shape, deviation: number): NdArray<"f32"> =>
  ndarray("f32", shape, random.normals(sizeOf(shape)).map((x) => x * deviation))

const uniformWithin = (random: Random, shape: Shape, limit: number): NdArray<"f32"> =>
  ndarray("f32", shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => limit * (2 * random.uniform(i) - 1)))

/** Glorot uniform, for layers with as many signals back as forth (Glorot & Bengio, AISTATS 2010): within sqrt(6 / (fan-in + fan-out)). */
export const glorotUniform = (random: Random, shape: Shape): NdArray<"f32"> =>
  uniformWithin(random, shape, Math.sqrt(6 / (fanIn(shape) + fanOut(shape))))

/** Glorot normal: normal(0, sqrt(2 / (fan-in + fan-out))). */
export const glorotNormal = (random: Random, shape: Shape): NdArray<"f32"> => normalOf(random, shape, Math.sqrt(2 / (fanIn(shape) + fanOut(shape))))

/** He uniform: within sqrt(6 / fan-in). */
export const heUniform = (random: Random, shape: Shape): NdArray<"f32"> => uniformWithin(random, shape, Math.sqrt(6 / fanIn(shape)))

/** LeCun normal, which keeps the variance of a linear map, and of self-normalising networks (LeCun et al., "Efficient BackProp", 1998): normal(0, sqrt(1 / fan-in)). */
export const lecunNormal = (random: Random, shape: Shape): NdArray<"f32"> => normalOf(random, shape, Math.sqrt(1 / fanIn(shape)))

/** He normal, for layers behind rectifiers (He et al., arXiv 1502.01852): normal(0, sqrt(2 / fan-in)). */
export const heNormal = (random: Random, shape: Shape): NdArray<"f32"> => normalOf(random, shape, Math.sqrt(2 / fanIn(shape)))

/** normal(0, deviation), what lies beyond two deviations drawn again: the start of BERT (Devlin et al., arXiv 1810.04805). */
export const truncatedNormalWeights = (random: Random, shape: Shape, deviation = 0.02): NdArray<"f32"> => {
  const data = random.normals(sizeOf(shape))
  for (let round = 1; data.some((x) => Math.abs(x) > 2); round++) {
    const again = random.fork(`${round}`).normals(data.length)
    data.forEach((x, i) => {
      if (Math.abs(x) > 2) data[i] = again[i] as number
    })
  }
  return ndarray("f32", shape, data.map((x) => x * deviation))
}

export const filled = (shape: Shape, value: number): NdArray<"f32"> => ndarray("f32", shape, new Float32Array(sizeOf(shape)).fill(value))
