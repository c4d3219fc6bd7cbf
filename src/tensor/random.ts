/**
 * Random numbers as pure functions of a key: Philox4x32-10, the same bits on every device. A key is an i32 tensor [4], an
 * argument of the program and not a constant of it, so that one program serves all seeds and steps: make it on the host
 * (`randomKey`), derive others inside (`splitKey`, `foldIn`). Two draws from one key are the same numbers: give each its own key.
 *
 * Element i of a draw depends on the key and on i alone, not on how many are drawn. Uniform numbers have 24 bits, so they
 * and whatever is compared with them are equal on all devices; normal deviates go through logarithms and agree to 1e-5.
 */
import { must } from "../base/assert.ts"
import { ndarray, sizeOf, type NdArray, type Shape } from "../base/ndarray.ts"
import type { Random } from "../base/random.ts"
import { apply } from "./apply.ts"
import { add, cast, clip, erf, log, lt, max, mul, neg, sqrt, sub, where, type Operand } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { gather } from "./indexing.ts"
import { argsort } from "./order.ts"
import { argmax } from "./reduce.ts"
import { reshape, slice } from "./reshape.ts"
import { floor } from "./rounding.ts"
import { constant, iota } from "./source.ts"
import { TraceError } from "./trace-error.ts"

/** What the blocks of a key are used for; each has its own, so that a derived key tells nothing of what was drawn. */
const streams = { draw: 0, split: 1, fold: 2 } as const

/** i32 [4], 64 bits as words of 16: the argument for a key of a program. Equal streams give equal keys. */
export const randomKey = (random: Random): NdArray<"i32"> => {
  const [a, b] = random.fork("key").words(0)
  return ndarray("i32", [4], Int32Array.of(a & 0xffff, a >>> 16, b & 0xffff, b >>> 16))
}

/** The upper 16 of 24 bits. */
const halfWords = (bits: Expr): Expr => cast(mul(cast(bits, "f32"), 1 / 256), "i32")

const blocks = (key: Expr, counter: Expr, stream: number): Expr => {
  if (key.shape.length !== 1) throw new TraceError("random", [key], "a key, i32[4]")
  return apply("random_bits", [key, counter], { stream })
}

/** `count` keys, independent of each other and of what is drawn from `key`. */
export const splitKey = (key: Expr, count: number): readonly Expr[] => {
  const words = halfWords(blocks(key, iota([count]), streams.split))
  return Array.from({ length: count }, (_, i) => reshape(slice(words, { axis: 0, start: i, end: i + 1 }), [4]))
}

/** The key number `data` (i32 [], from 0; the step of a training run, say) that belongs to `key`. */
export const foldIn = (key: Expr, data: Expr | number): Expr => {
  const counter = typeof data === "number" ? constant(data, "i32") : data
  if (counter.shape.length !== 0) throw new TraceError("foldIn", [key, counter], "a number, i32[]")
  return halfWords(blocks(key, counter, streams.fold))
}

/** i32 of `shape`, uniform in [0, 2^24). At most 2^26 elements. */
export const randomBits = (key: Expr, shape: Shape): Expr => {
  const length = sizeOf(shape)
  if (length > 2 ** 26) throw new TraceError("randomBits", [key], `at most 2^26 elements, not ${length}`)
  const words = blocks(key, iota([Math.ceil(length / 4)]), streams.draw)
  return reshape(slice(reshape(words, [-1]), { axis: 0, end: length }), shape)
}

/** f32 of `shape`, uniform in [low, high); of 24 bits, exact where low is 0 and high a power of two. */
export const uniform = (key: Expr, shape: Shape, low = 0, high = 1): Expr =>
  add(mul(cast(randomBits(key, shape), "f32"), (high - low) / 2 ** 24), low)

/** Uniform in (0, 1), of 23 bits: neither end is reached, for what has a pole there. */
const between = (key: Expr, shape: Shape): Expr => {
  const half = floor(mul(cast(randomBits(key, shape), "f32"), 0.5))
  return mul(add(mul(half, 2), 1), 1 / 2 ** 24)
}

/** Coefficients of erfinv in f32, highest power first (Giles, "Approximating the erfinv function", GPU Computing Gems, 2011). */
const central = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3, 2.46640727e-1, 1.50140941,
]
const tail = [-2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3, 1.00167406, 2.83297682]

const polynomial = (x: Expr, [first, ...rest]: readonly number[]): Expr =>
  rest.reduce((sum, c) => add(mul(sum, x), c), constant(must(first, "coefficient")))

/** The point below which a standard normal deviate lies with probability `p` in (0, 1); relative error below 1e-6 up to p = 1/2. */
const normalQuantile = (p: Expr): Expr => {
  const w = neg(log(mul(mul(p, 4), sub(1, p))))
  const factor = where(lt(w, 5), polynomial(sub(w, 2.5), central), polynomial(sub(sqrt(max(w, 5)), 3), tail))
  return mul(mul(factor, sub(mul(p, 2), 1)), Math.SQRT2)
}

/**
 * f32 of `shape`, normal. By the inverse of the distribution function, one draw an element: symmetric, and within 5.42 standard
 * deviations (beyond lies 6e-8 of the distribution).
 */
export const normal = (key: Expr, shape: Shape, mean = 0, deviation = 1): Expr => {
  const bits = cast(randomBits(key, shape), "f32")
  const lower = lt(bits, 2 ** 23)
  // Halves of a step keep p inside (0, 1/2), where f32 holds it exactly.
  const p = mul(add(where(lower, bits, sub(bits, 2 ** 23)), 0.5), 1 / 2 ** 24)
  const z = mul(normalQuantile(p), deviation)
  return add(where(lower, z, neg(z)), mean)
}

/**
 * f32 of `shape`: normal deviates given that they lie within [low, high] standard deviations. The bounds lie within 4, where
 * f32 still resolves the distribution function.
 */
export const truncatedNormal = (key: Expr, shape: Shape, low = -2, high = 2): Expr => {
  if (!(low < high && low >= -4 && high <= 4)) throw new TraceError("truncatedNormal", [key], `-4 <= low < high <= 4, not ${low} and ${high}`)
  const below = (z: number): Expr => mul(add(erf(constant(z * Math.SQRT1_2)), 1), 0.5)
  const p = add(mul(between(key, shape), sub(below(high), below(low))), below(low))
  return clip(normalQuantile(p), low, high)
}

/** bool of `shape`: true with probability `p`, a number or f32 that stretches to `shape`. */
export const bernoulli = (key: Expr, p: Operand, shape: Shape): Expr => lt(uniform(key, shape), p)

/** i32, `axis` of `logits` (f32) removed: an index drawn with the probabilities of their softmax, by Gumbel noise (Gumbel, 1954). */
export const categorical = (key: Expr, logits: Expr, axis = -1): Expr =>
  argmax(sub(logits, log(neg(log(between(key, logits.shape))))), axis)

/** i32 [n]: the numbers below n in random order. Orders are equally likely but for ties among 24 bits, n^2 / 2^25 of them. */
export const permutation = (key: Expr, n: number): Expr => argsort(randomBits(key, [n]))

/** `x` with its slices along `axis` in random order. */
export const shuffle = (key: Expr, x: Expr, axis = 0): Expr => gather(x, permutation(key, must(x.shape.at(axis), "axis")), axis)
