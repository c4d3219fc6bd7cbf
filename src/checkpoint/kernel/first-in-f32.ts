/**
 * Weighted sums of bf16 to bf16 and of f16 to f16, first in f32: nearly always that sum rounds to the same as the one in f64. Where it may not
 * it is computed in f64 as everything else, so the result is the same to the bit, at twice the speed. SPEC F4, F5.
 *
 * There are two ways to know that it does:
 *
 * - `near`, for all coefficients. With n terms, `C = sum |c_i|` and `M = max |x_i|` of an element, the sum s in f32 is off by less than
 *   `(n + 2) 2^-24 C M`: one rounding of each coefficient, one of each product, one of each addition, and all that f64 rounds. It is
 *   safe where it is farther than that from the middle of the two numbers around it.
 * - `exact`, for several coefficients of few bits such as 0.5, 0.75 and 1, with which sums lie in such a middle all the time. Products are exact, and a
 *   sum s of a and b is where s - a = b and s - b = a: one of the two finds what was rounded off, that which takes the larger from s
 *   (Dekker). An exact s is what f64 gives. Where it is not, there is the first way.
 */
import { f32x4, f64, get, i16x8, load, set, store, v128, words, type Code } from "./assembler.ts"
import type { Element } from "./element.ts"
import { lanesOf } from "./first-lanes.ts"
import type { FloatFormat, InputFormat } from "./float-format.ts"

/** A sum of inputs times coefficients, added in the order of the formula. */
type Sum = { readonly input: number; readonly coefficient: number } | { readonly of: readonly [Sum, Sum] }

export interface First {
  readonly format: keyof typeof lanesOf
  readonly way: "near" | "exact"
  readonly sum: Sum
  /** What the kernel is given beside the formula's numbers: coefficients, in the order of the sum, and what times M is the most that s is off. */
  readonly numbers: readonly number[]
}

const [leastCoefficient, mostCoefficients] = [2 ** -30, 2 ** 8]
/** Coefficients of few bits: multiples of the first, which keeps products with subnormals exact, of a size below the second and a power of two. */
const [leastBit, mostOfFew] = [2 ** -16, 2 ** 8]

/** The sum that a formula of inputs times numbers is, divided by positive numbers or not: of a negative one zeros would have the other sign. */
const sumOf = (formula: Element, divisor = 1): Sum | undefined => {
  if ("input" in formula) return { input: formula.input, coefficient: 1 / divisor }
  if (!("op" in formula) || formula.op === "where") return undefined
  const [a, b] = formula.of
  if (b === undefined) return undefined
  if (formula.op === "mul") return "number" in a && "input" in b ? { input: b.input, coefficient: a.number / divisor } : undefined
  if (formula.op === "div") return "number" in b && b.number > 0 ? sumOf(a, b.number * divisor) : undefined
  const left = formula.op === "add" ? sumOf(a, divisor) : undefined
  const right = left === undefined ? undefined : sumOf(b, divisor)
  return left === undefined || right === undefined ? undefined : { of: [left, right] }
}

const coefficientsOf = (sum: Sum): readonly number[] => ("of" in sum ? sum.of.flatMap(coefficientsOf) : [sum.coefficient])
const heightOf = (sum: Sum): number => ("of" in sum ? Math.max(heightOf(sum.of[0]), 1 + heightOf(sum.of[1])) : 0)

/** Numbers that divide in a formula. */
const divisorsOf = (formula: Element): readonly number[] => {
  if (!("op" in formula)) return []
  const by = formula.op === "div" ? formula.of[1] : undefined
  return [...formula.of.flatMap(divisorsOf), ...(by !== undefined && "number" in by ? [by.number] : [])]
}

const isFewBits = (coefficient: number): boolean => {
  let whole = Math.abs(coefficient) / leastBit
  if (!Number.isInteger(whole)) return false
  while (whole % 2 === 0) whole /= 2
  return whole < mostOfFew
}
const isPowerOfTwo = (positive: number): boolean => Number.isInteger(Math.log2(positive)) && 2 ** Math.log2(positive) === positive

/** How a sum is taken in f32 first; undefined where it is not. */
export const firstOf = (inputs: readonly InputFormat[], formula: Element, output: FloatFormat): First | undefined => {
  // An input alone is only copied.
  if ((output !== "BF16" && output !== "F16") || !inputs.every((format) => format === output) || "input" in formula) return undefined
  const sum = sumOf(formula)
  if (sum === undefined) return undefined
  const coefficients = coefficientsOf(sum)
  const total = coefficients.reduce((all, c) => all + Math.abs(c), 0)
  if (!(total < mostCoefficients && coefficients.every((c) => Math.abs(c) >= leastCoefficient))) return undefined
  const { scale } = lanesOf[output]
  const way = "of" in sum && coefficients.every(isFewBits) && divisorsOf(formula).every(isPowerOfTwo) ? "exact" : "near"
  // A little more, for what is neglected above.
  return { format: output, way, sum, numbers: [...coefficients, 1.01 * (coefficients.length + 2) * 2 ** -24 * total].map((one) => one * scale) }
}

export interface FirstPlaces {
  readonly out: number
  readonly pointer: (input: number) => number
  /** Params: the `i`-th of the numbers. */
  readonly number: (i: number) => number
  /** Locals from here on, `firstLocals` many. */
  readonly own: number
}

/** Coefficients and the bound, bits, size, two masks, a sum; and two halves of the sum at each height. */
export const firstLocals = ({ numbers, sum }: First): number => numbers.length + 5 + 2 * (heightOf(sum) + 1)

const localsOf = ({ numbers: { length } }: First, own: number) => ({
  coefficient: (i: number): number => own + i,
  bound: own + length - 1,
  bits: own + length,
  size: own + length + 1,
  rounded: [own + length + 2, own + length + 3] as const,
  whole: own + length + 4,
  half: (height: number): readonly [number, number] => [own + length + 5 + 2 * height, own + length + 6 + 2 * height],
})

/** Before the loop: the numbers in four lanes. */
export const prepareFirst = ({ numbers }: First, { number, own }: FirstPlaces): Code => numbers.flatMap((_, i) => set(own + i, f32x4.splat(f64.toF32(get(number(i))))))

/** Stores eight sums, as if all were safe. */
export const firstSums = (first: First, { out, pointer, own }: FirstPlaces): Code => {
  const { coefficient, bits, size, rounded, whole, half } = localsOf(first, own)
  const { read, round } = lanesOf[first.format]
  let term = 0
  let checked = 0
  const take = (sum: Sum, height: number): Code => {
    const halves = half(height)
    if ("of" in sum) {
      const right = half(height + 1)
      const code = [...take(sum.of[0], height), ...take(sum.of[1], height + 1), ...halves.flatMap((left, k) => added(left, right[k] as number, rounded[k] as number))]
      checked++
      return code
    }
    const by = get(coefficient(term))
    const absolute = v128.and(get(bits), words(0x7fff7fff))
    const code = [
      ...set(bits, load(get(pointer(sum.input)), 0)),
      ...halves.flatMap((local, k) => set(local, f32x4.mul(by, read(bits, k)))),
      ...set(size, term === 0 ? absolute : i16x8.maxS(get(size), absolute)),
    ]
    term++
    return code
  }
  const added = (left: number, right: number, rounded: number): Code => {
    if (first.way === "near") return set(left, f32x4.add(get(left), get(right)))
    const isExact = v128.and(f32x4.eq(f32x4.sub(get(whole), get(left)), get(right)), f32x4.eq(f32x4.sub(get(whole), get(right)), get(left)))
    return [
      ...set(whole, f32x4.add(get(left), get(right))),
      ...set(rounded, checked === 0 ? v128.not(isExact) : v128.or(get(rounded), v128.not(isExact))),
      ...set(left, get(whole)),
    ]
  }
  const sums = take(first.sum, 0)
  // Only exact sums may lie in the middle.
  return [...sums, ...store(get(out), 0, round(half(0), first.way === "exact"))]
}

/** Ones in the lanes of eight sums that may not be safe, which is soon known; and in those that are not. */
export const unsafeLanes = (first: First, { own }: FirstPlaces): { readonly perhaps: Code; readonly surely: Code } => {
  const { bound, size, rounded, half } = localsOf(first, own)
  const { middle, readSizes, join, outside } = lanesOf[first.format]
  const sums = half(0)
  // Of a NaN nothing holds: it is outside, as whatever makes one is.
  const near = join(sums.map((sum, k) => f32x4.le(f32x4.abs(f32x4.sub(get(sum), middle(sum))), f32x4.mul(get(bound), readSizes(size, k)))) as [Code, Code])
  const beyond = outside(sums, size)
  if (first.way === "near") return { perhaps: v128.or(near, beyond), surely: v128.or(near, beyond) }
  const inexact = join([get(rounded[0]), get(rounded[1])])
  return { perhaps: v128.or(inexact, beyond), surely: v128.or(v128.and(inexact, near), beyond) }
}
