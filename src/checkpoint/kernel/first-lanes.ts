/** How eight numbers of a 16-bit format are two vectors of f32 and become eight again, and what is asked of sums on the way (`first-in-f32.ts`). */
import { get, i16x8, i32x4, v128, words, type Code } from "./assembler.ts"

export interface Lanes {
  /** What is read is the number divided by this: coefficients are multiplied by it. */
  readonly scale: number
  /** The numbers whose bits are in the local `bits`; infinities and NaN may be read as others, and are `outside`. */
  readonly read: (bits: number, half: number) => Code
  /** Of eight sizes without signs. */
  readonly readSizes: (sizes: number, half: number) => Code
  /** The number in the middle of the two of the format that are around the sum in a local. */
  readonly middle: (sum: number) => Code
  /** Eight rounded sums; ties to even, or away from 0. */
  readonly round: (sums: readonly [number, number], toEven: boolean) => Code
  /** Eight lanes of 16 bits of two masks. */
  readonly join: (masks: readonly [Code, Code]) => Code
  /** Which sums, of numbers of at most the sizes given, are not to be told about in f32 by their distance from the middle. All zeros are. */
  readonly outside: (sums: readonly [number, number], sizes: number) => Code
}

const twice = (bits: number): Code => words(bits * 0x10001)
const isZero = (sizes: number): Code => i16x8.eq(get(sizes), twice(0))

/**
 * Bits of the sizes 2^-79 and 2^119. From the first on f32's subnormals are far smaller than what a sum may be off. From the second on a sum
 * may be beyond what bf16 holds (coefficients are below 2^8 together), which f64's way tells; an infinity and a NaN are there too.
 */
const [leastSize, mostSize] = [0x1800, 0x7b00]
/** Added to sizes, those from the second on are negative. */
const beyondMost = 0x8000 - mostSize
const high = 0xffff0000

const bf16: Lanes = {
  scale: 1,
  read: (bits, half) => (half === 0 ? i32x4.shl(get(bits), 16) : v128.and(get(bits), words(high))),
  readSizes: (sizes, half) => bf16.read(sizes, half),
  middle: (sum) => v128.or(v128.and(get(sum), words(high)), words(0x8000)),
  round: ([even, odd], toEven) => {
    const up = (sum: number): Code => (toEven ? i32x4.add(i32x4.add(get(sum), words(0x7fff)), v128.and(i32x4.shrU(get(sum), 16), words(1))) : i32x4.add(get(sum), words(0x8000)))
    return v128.or(i32x4.shrU(up(even), 16), v128.and(up(odd), words(high)))
  },
  join: ([even, odd]) => v128.bitselect(even, odd, words(0xffff)),
  outside: (_, sizes) => v128.andNot(i16x8.gtS(twice(leastSize + beyondMost), i16x8.add(get(sizes), twice(beyondMost))), isZero(sizes)),
}

/** Bits in f32 of the sums that lie among normal numbers of f16: from 2^-14 to 65504. */
const [least, most] = [0x38800000, 0x477fe000]
const finite = 0x7bff

const f16: Lanes = {
  // Exponent and mantissa at their places in an f32 are the number times 2^-112, subnormals too.
  scale: 2 ** 112,
  read: (bits, half) => v128.and(i32x4.shl((half === 0 ? i32x4.extendLowS : i32x4.extendHighS)(get(bits)), 13), words(0x8fffffff)),
  readSizes: (sizes, half) => i32x4.shl((half === 0 ? i32x4.extendLow : i32x4.extendHigh)(get(sizes)), 13),
  middle: (sum) => v128.or(v128.and(get(sum), words(0xffffe000)), words(0x1000)),
  round: (sums, toEven) => {
    const rounded = sums.map((sum): Code => {
      // Of what lies outside only 0 need be right. A product instead of the difference would be subnormal, which is slow.
      const size = i32x4.maxS(i32x4.sub(v128.and(get(sum), words(0x7fffffff)), words(least - 0x800000)), words(0))
      const up = toEven ? i32x4.add(i32x4.add(size, words(0xfff)), v128.and(i32x4.shrU(size, 13), words(1))) : i32x4.add(size, words(0x1000))
      return v128.or(i32x4.shrU(up, 13), v128.and(i32x4.shrU(get(sum), 16), words(0x8000)))
    })
    return i32x4.narrow(...rounded)
  },
  join: (masks) => i32x4.narrowS(...masks),
  outside: (sums, sizes) => {
    const [low, high] = sums.map((sum) => i32x4.ltU(i32x4.sub(v128.and(get(sum), words(0x7fffffff)), words(least)), words(most - least))) as [Code, Code]
    return v128.or(v128.not(v128.or(f16.join([low, high]), isZero(sizes))), i16x8.gtS(get(sizes), twice(finite)))
  },
}

export const lanesOf = { BF16: bf16, F16: f16 } as const
