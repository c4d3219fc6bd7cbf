/** The formats that kernels read, and the code that reads eight elements of each. SPEC F4, F5. */
import { f32x4, f64x2, get, i32, i32x4, load, pick, set, v128, words, type Code } from "./assembler.ts"

/** Formats that a kernel reads and writes. */
export type FloatFormat = "F64" | "F32" | "F16" | "BF16"
/** And those it only reads: random words. */
export type InputFormat = FloatFormat | "U32"

export const formatBytes: Readonly<Record<FloatFormat, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 }
export const inputBytes: Readonly<Record<InputFormat, number>> = { ...formatBytes, U32: 4 }

/** Elements a kernel works on at a time; it may read and write up to as many beyond the end. */
export const stepElements = 8

/** Moves a pointer on by one step. */
export const step = (pointer: number, bytes: number): Code => set(pointer, i32.add(get(pointer), i32.constant(stepElements * bytes)))

/** Four elements as f32; of random words, the words. */
export const decodeHalf = (format: Exclude<InputFormat, "F64">, pointer: Code, half: number): Code => {
  if (format === "F32" || format === "U32") return load(pointer, 16 * half)
  return widened(format, load(pointer, 0), half)
}

/** Four of eight elements of 16 bits as f32. */
export const widened = (format: "F16" | "BF16", eight: Code, half: number): Code => {
  const bits = (half === 0 ? i32x4.extendLow : i32x4.extendHigh)(eight)
  if (format === "BF16") return i32x4.shl(bits, 16)
  // Exponent and mantissa at their places in an f32 are the number times 2^-112, subnormals too; infinities and NaN need all ones.
  const size = i32x4.shl(v128.and(bits, words(0x7fff)), 13)
  const finite = f32x4.mul(size, words(0x77800000))
  const special = v128.and(i32x4.geS(size, words(0x7c00 << 13)), words(0x7f800000))
  return v128.or(v128.or(finite, special), i32x4.shl(v128.and(bits, words(0x8000)), 16))
}

/** Two of eight elements as f64: `f32s` are the locals of the two halves as f32, which f64 inputs do without. */
export const pairOf = (format: InputFormat, pointer: number, f32s: readonly [number, number], half: number, pair: number): Code => {
  if (format === "F64") return load(get(pointer), 32 * half + 16 * pair)
  const four = get(f32s[half] as number)
  const two = pair === 0 ? four : pick(four, four, [2, 3, 2, 3])
  return format === "U32" ? f64x2.fromU32Low(two) : f64x2.promoteLow(two)
}

/** Sets the locals that `pairOf` reads. */
export const decode = (format: InputFormat, pointer: number, f32s: readonly [number, number]): Code =>
  format === "F64" ? [] : [0, 1].flatMap((half) => set(f32s[half] as number, decodeHalf(format, get(pointer), half)))

/** Of bf16, the same with elements 0, 2, 4 and 6 as the first half and the others as the second: where their order does not matter, half the work. */
export const decodeApart = (pointer: number, [even, odd]: readonly [number, number]): Code => [
  ...set(odd, load(get(pointer), 0)),
  ...set(even, i32x4.shl(get(odd), 16)),
  ...set(odd, v128.and(get(odd), words(0xffff0000))),
]
