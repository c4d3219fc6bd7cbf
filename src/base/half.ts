/**
 * The two 16-bit float formats that tensors are stored in, as their bits: f16 (IEEE 754 binary16: 5 bits of exponent, 10 of
 * mantissa) and bf16 (the upper half of an f32: 8 and 7). From f32 both round to the nearest, ties to the even mantissa, subnormals
 * kept, overflow to infinity; back to f32 is exact. A NaN stays one: quiet, with the upper bits of its payload. From f64 too they
 * round once, not by way of the nearest f32.
 */
export type Half = "f16" | "bf16"

export const isHalf = (dtype: string): dtype is Half => dtype === "f16" || dtype === "bf16"

/** Elements stored as 16 bits -> f32. */
export const decodeHalves = (format: Half, bits: Uint16Array): Float32Array => {
  const words = new Uint32Array(bits.length)
  const numbers = new Float32Array(words.buffer)
  if (format === "bf16") for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16
  else for (let i = 0; i < bits.length; i++) decodeF16(words, numbers, i, bits[i]!)
  return numbers
}

/** Numbers -> 16 bits each. */
export const encodeHalves = (format: Half, values: ArrayLike<number>): Uint16Array => {
  const numbers = values instanceof Float32Array ? values : roundToOdd(values)
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)
  const encode = format === "f16" ? encodeF16 : encodeBf16
  const bits = new Uint16Array(words.length)
  for (let i = 0; i < words.length; i++) bits[i] = encode(words[i]!)
  return bits
}

const infinity = 0x7f800000

/**
 * Of the two f32 around a number that is none, the one with an odd last bit: rounded from there to a format that is shorter by
 * two bits or more, every number goes where it would have gone at once (Boldo and Melquiond, "Emulation of FMA and correctly
 * rounded sums", 2008).
 */
const roundToOdd = (values: ArrayLike<number>): Float32Array => {
  const numbers = Float32Array.from(values)
  const words = new Uint32Array(numbers.buffer)
  for (let i = 0; i < numbers.length; i++) {
    const [nearest, exact] = [numbers[i]!, values[i]!]
    if (nearest === exact || Number.isNaN(exact) || (words[i]! & 1) === 1) continue
    words[i] = words[i]! + (Math.abs(nearest) < Math.abs(exact) ? 1 : -1)
  }
  return numbers
}

/** Exponent and mantissa moved to their places in an f32 are the number times 2^-112, subnormals too. */
const decodeF16 = (words: Uint32Array, numbers: Float32Array, i: number, bits: number): void => {
  const size = (bits & 0x7fff) << 13
  words[i] = size
  if (size >= 0x7c00 << 13) words[i] = size | infinity
  else numbers[i] = numbers[i]! * 2 ** 112
  words[i] = words[i]! | ((bits & 0x8000) << 16)
}

/** Adds just under half of what is cut off, and the last bit that stays: a tie carries into an odd mantissa only. */
const encodeBf16 = (word: number): number => {
  if ((word & 0x7fffffff) > infinity) return (word >>> 16) | 0x40
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
}

const encodeF16 = (word: number): number => {
  const sign = (word >>> 16) & 0x8000
  const size = word & 0x7fffffff
  if (size > infinity) return sign | 0x7e00 | ((size >>> 13) & 0x3ff)
  // From 65520 on, halfway beyond the largest number.
  if (size >= 0x477ff000) return sign | 0x7c00
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13)
  return sign | subnormalF16(size)
}

/** A size below 2^-14 in units of 2^-24, rounded. */
const subnormalF16 = (size: number): number => {
  const cut = 126 - (size >>> 23)
  if (cut > 24) return 0
  const mantissa = (size & 0x7fffff) | 0x800000
  const below = mantissa >>> cut
  const rest = mantissa - below * 2 ** cut
  return below + Number(rest > 2 ** (cut - 1) || (rest === 2 ** (cut - 1) && below % 2 === 1))
}
