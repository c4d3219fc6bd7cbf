/**
 * Weighted sums of bf16 to bf16, first in f32: nearly always that sum lies so far from the middle of two bf16 that the exact one
 * rounds to the same. What is nearer is computed in f64 as everything else, so the result is the same to the bit, at twice the
 * speed. SPEC F4, F5.
 *
 * With n terms, `C = sum |c_i|` and `M = max |x_i|` of an element, the sum in f32 is off by less than `(n + 2) 2^-24 C M`: one rounding of
 * each coefficient, one of each product, one of each addition, and all that f64 rounds. A sum s whose lower 16 bits are `near` units or
 * more from the middle is at least `near 2^-24 |s|` away from it. So it is safe where `|s| >= (n + 2) C M / near`.
 */
import { f32x4, f64, get, i16x8, i32x4, load, set, store, v128, words, type Code } from "./assembler.ts"
import type { Element } from "./element.ts"
import type { FloatFormat, InputFormat } from "./float-format.ts"

interface Term {
  readonly input: number
  readonly coefficient: number
}

const near = 256
/** Bits of bf16 sizes between which nothing overflows and nothing becomes subnormal: 2^-79 and 2^101. */
const [leastSize, mostSize] = [0x1800, 0x7200]
const leastCoefficient = 2 ** -30
const mostCoefficients = 2 ** 20

/** The terms of a formula that is a sum of inputs times numbers, divided by a number or not. */
const termsOf = (formula: Element): readonly Term[] | undefined => {
  if ("input" in formula) return [{ input: formula.input, coefficient: 1 }]
  if (!("op" in formula) || formula.op === "where") return undefined
  const [a, b] = formula.of
  if (formula.op === "mul" && "number" in a && b !== undefined && "input" in b) return [{ input: b.input, coefficient: a.number }]
  const left = formula.op === "add" || formula.op === "div" ? termsOf(a) : undefined
  if (left === undefined || b === undefined) return undefined
  if (formula.op === "div") return "number" in b ? left.map(({ input, coefficient }) => ({ input, coefficient: coefficient / b.number })) : undefined
  const right = termsOf(b)
  return right === undefined ? undefined : [...left, ...right]
}

/** What the kernel is given beside the formula's numbers: coefficients, and the factor of M. Undefined where the sum is not taken in f32 first. */
export const firstNumbers = (inputs: readonly InputFormat[], formula: Element, output: FloatFormat): readonly number[] | undefined => {
  const terms = output === "BF16" && inputs.every((format) => format === "BF16") ? termsOf(formula) : undefined
  // An input alone is only copied.
  if (terms === undefined || "input" in formula) return undefined
  const coefficients = terms.map(({ coefficient }) => coefficient)
  const total = coefficients.reduce((sum, c) => sum + Math.abs(c), 0)
  const isFit = total < mostCoefficients && coefficients.every((c) => Math.abs(c) >= leastCoefficient)
  // A little more, for what is neglected above; infinite where f32 cannot hold the coefficients: then no sum is safe.
  return [...coefficients, isFit ? (1.01 * (terms.length + 2) * total) / near : Infinity]
}

export interface FirstPlaces {
  readonly out: number
  readonly pointer: (input: number) => number
  /** Params: the `i`-th of `firstNumbers`. */
  readonly number: (i: number) => number
  /** Locals from here on, `firstLocals` many. */
  readonly own: number
}

const terms = (formula: Element): readonly Term[] => termsOf(formula) ?? []

export const firstLocals = (formula: Element): number => terms(formula).length + 1 + 4

/** Before the loop: the numbers in four lanes. */
export const prepareFirst = (formula: Element, { number, own }: FirstPlaces): Code =>
  Array.from({ length: terms(formula).length + 1 }, (_, i) => set(own + i, f32x4.splat(f64.toF32(get(number(i)))))).flat()

/** Stores eight sums, as if all were safe. */
export const firstSums = (formula: Element, { out, pointer, own }: FirstPlaces): Code => {
  const count = terms(formula).length
  const [even, odd, size, bits] = [own + count + 1, own + count + 2, own + count + 3, own + count + 4]
  const high = 0xffff0000
  const add = (local: number, i: number, value: Code): Code => {
    const product = f32x4.mul(get(own + i), value)
    return set(local, i === 0 ? product : f32x4.add(get(local), product))
  }
  const sums = terms(formula).flatMap(({ input }, i) => {
    const absolute = v128.and(get(bits), words(0x7fff7fff))
    return [
      ...set(bits, load(get(pointer(input)), 0)),
      ...add(even, i, i32x4.shl(get(bits), 16)),
      ...add(odd, i, v128.and(get(bits), words(high))),
      ...set(size, i === 0 ? absolute : i16x8.maxS(get(size), absolute)),
    ]
  })
  const up = (sum: number): Code => i32x4.add(get(sum), words(0x8000))
  return [...sums, ...store(get(out), 0, v128.or(i32x4.shrU(up(even), 16), v128.and(up(odd), words(high))))]
}

/** Not 0 where one of the eight is not safe. */
export const isUnsafe = (formula: Element, { own }: FirstPlaces): Code => {
  const count = terms(formula).length
  const [factor, even, odd, size] = [own + count, own + count + 1, own + count + 2, own + count + 3]
  const twice = (bits: number): Code => words(bits * 0x10001)
  const small = (sum: number, sizes: Code): Code => f32x4.gt(f32x4.mul(get(factor), sizes), f32x4.abs(get(sum)))
  const lower = v128.or(v128.and(get(even), words(0xffff)), i32x4.shl(get(odd), 16))
  const outside = v128.or(i16x8.gtS(twice(leastSize), get(size)), i16x8.gtS(get(size), twice(mostSize)))
  const middle = i16x8.gtS(twice(near), i16x8.abs(v128.xor(lower, twice(0x8000))))
  return v128.anyTrue(v128.or(v128.or(small(even, i32x4.shl(get(size), 16)), small(odd, v128.and(get(size), words(0xffff0000)))), v128.or(outside, middle)))
}
