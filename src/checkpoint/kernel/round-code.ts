/** One rounding from f64 to what is stored: to the nearest, ties to even, subnormals kept, one NaN. SPEC F4, F5. */
import { f32x4, f64x2, get, i32x4, pick, set, store, v128, when, words, type Code } from "./assembler.ts"
import type { FloatFormat } from "./float-format.ts"

/**
 * Of four elements in f64, two in each local of `sums`: f64 and f32 are stored at `out`, half `half` of eight; 16-bit formats are
 * left in `rounded` as 32-bit lanes. `near` is a local to work with.
 */
export const roundHalf = (output: FloatFormat, sums: readonly [number, number], near: number, rounded: number, out: number, half: number): Code => {
  if (output === "F64") return sums.flatMap((local, pair) => store(get(out), 32 * half + 16 * pair, get(local)))
  const nearest = set(near, pick(f32x4.demote(get(sums[0])), f32x4.demote(get(sums[1])), [0, 1, 4, 5]))
  if (output === "F32") return [...nearest, ...store(get(out), 16 * half, withOneNan(get(near), get(near), 0x7fc00000))]
  const odd = set(near, toOdd(near, sums))
  // Only what lies in the middle of two bf16 needs to know on which side of it the f64 was.
  const asked = output === "F16" ? odd : when(v128.anyTrue(i32x4.eq(v128.and(get(near), words(0xffff)), words(0x8000))), odd)
  return [...nearest, ...asked, ...set(rounded, output === "F16" ? toF16(get(near)) : toBf16(get(near)))]
}

/** The f32 in `near`, of the f64 in `sums`, with its last bit set where it is not exact (`base/half.ts` says why). */
const toOdd = (near: number, sums: readonly [number, number]): Code => {
  const back = [f64x2.promoteLow(get(near)), f64x2.promoteLow(pick(get(near), get(near), [2, 3, 2, 3]))]
  const compared = (than: (a: Code, b: Code) => Code): Code => {
    const [low, high] = sums.map((local, pair) => than(f64x2.abs(back[pair] as Code), f64x2.abs(get(local)))) as [Code, Code]
    return pick(low, high, [0, 2, 4, 6])
  }
  const tooLarge = compared(f64x2.gt)
  const tooSmall = compared(f64x2.lt)
  // A mask is -1 where it holds: added, it takes one off.
  return v128.or(i32x4.add(get(near), tooLarge), v128.and(v128.or(tooLarge, tooSmall), words(1)))
}

/** `bits`, or `nan` where `number` is none: which NaN arithmetic gives depends on the processor. */
const withOneNan = (bits: Code, number: Code, nan: number): Code => v128.bitselect(bits, words(nan), f32x4.eq(number, number))

const toBf16 = (number: Code): Code => {
  const even = v128.and(i32x4.shrU(number, 16), words(1))
  return withOneNan(i32x4.shrU(i32x4.add(i32x4.add(number, words(0x7fff)), even), 16), number, 0x7fc0)
}

const toF16 = (number: Code): Code => {
  const size = v128.and(number, words(0x7fffffff))
  const even = v128.and(i32x4.shrU(size, 13), words(1))
  const normal = i32x4.shrU(i32x4.add(i32x4.sub(size, words(0x38000000 - 0xfff)), even), 13)
  // Added to 0.5, what is below 2^-14 is rounded to multiples of 2^-24, and their number is in the last bits.
  const small = i32x4.sub(f32x4.add(size, words(0x3f000000)), words(0x3f000000))
  const finite = v128.bitselect(small, normal, i32x4.ltS(size, words(0x38800000)))
  const bounded = v128.bitselect(words(0x7c00), finite, i32x4.geS(size, words(0x477ff000)))
  return withOneNan(v128.or(bounded, v128.and(i32x4.shrU(number, 16), words(0x8000))), number, 0x7e00)
}
