/**
 * `out = (sum over a tree of coefficient * input) / divisor`, from whatever the inputs are stored as to whatever the output is: f64
 * arithmetic two lanes at a time, the additions in the tree's order, one rounding at the end. It computes what the loops in
 * JavaScript compute, to the bit, at about the speed at which memory is read; without it merging waits for the processor.
 * Of one input with coefficient 1 it makes another format. SPEC F4, F5.
 */
import { f32x4, f64x2, get, i32, i32x4, loopWhile, module, pick, set, store, v128, valueType, when, words, type Code } from "./assembler.ts"
import { decode, formatBytes, pairOf, step, type FloatFormat } from "./float-format.ts"

/** A sum: leaves are places in the list of inputs. */
export type Additions = number | readonly [Additions, Additions]

export interface CombineSpec {
  readonly inputs: readonly FloatFormat[]
  readonly additions: Additions
  readonly output: FloatFormat
  /** Whether there is a divisor to look at; dividing takes longer than all the rest. */
  readonly divides: boolean
}

/** A module whose `run` takes: out, steps (of `stepElements`), divisor, then pointer and coefficient of each input. */
export const emitCombine = ({ inputs, additions, output, divides }: CombineSpec): Uint8Array<ArrayBuffer> => {
  const params = [valueType.i32, valueType.i32, valueType.f64, ...inputs.flatMap(() => [valueType.i32, valueType.f64])]
  const [out, steps, divisor] = [0, 1, 2]
  const pointer = (i: number): number => 3 + 2 * i
  // Two vectors of f32 for each input that is not f64, then a few of the output.
  const decoded = (i: number): readonly [number, number] => [params.length + 2 * i, params.length + 2 * i + 1]
  const own = params.length + 2 * inputs.length
  const sums = [own, own + 1] as const
  const near = own + 2
  const rounded = [own + 3, own + 4] as const

  const term = (i: number, half: number, pair: number): Code => {
    const values = pairOf(inputs[i] as FloatFormat, pointer(i), decoded(i), half, pair)
    return f64x2.mul(values, f64x2.splat(get(pointer(i) + 1)))
  }
  const sum = (tree: Additions, half: number, pair: number): Code =>
    typeof tree === "number" ? term(tree, half, pair) : f64x2.add(sum(tree[0], half, pair), sum(tree[1], half, pair))

  const halves = [0, 1].flatMap((half) => {
    const whole = (pair: number): Code => (divides ? f64x2.div(sum(additions, half, pair), f64x2.splat(get(divisor))) : sum(additions, half, pair))
    const exact = sums.flatMap((local, pair) => set(local, whole(pair)))
    if (output === "F64") return [...exact, ...sums.flatMap((local, pair) => store(get(out), 32 * half + 16 * pair, get(local)))]
    const nearest = set(near, pick(f32x4.demote(get(sums[0])), f32x4.demote(get(sums[1])), [0, 1, 4, 5]))
    if (output === "F32") return [...exact, ...nearest, ...store(get(out), 16 * half, withOneNan(get(near), get(near), 0x7fc00000))]
    const odd = set(near, toOdd(near, sums))
    // Only what lies in the middle of two bf16 needs to know on which side of it the f64 was.
    const asked = output === "F16" ? odd : when(v128.anyTrue(i32x4.eq(v128.and(get(near), words(0xffff)), words(0x8000))), odd)
    return [...exact, ...nearest, ...asked, ...set(rounded[half] as number, output === "F16" ? toF16(get(near)) : toBf16(get(near)))]
  })
  const advance = [...step(out, formatBytes[output]), ...inputs.flatMap((format, i) => step(pointer(i), formatBytes[format]))]
  const halvesOut = formatBytes[output] === 2 ? store(get(out), 0, i32x4.narrow(get(rounded[0]), get(rounded[1]))) : []
  const reads = inputs.flatMap((format, i) => decode(format, pointer(i), decoded(i)))
  const body = loopWhile([...reads, ...halves, ...halvesOut, ...advance, ...set(steps, i32.sub(get(steps), i32.constant(1)))], get(steps))
  return module(params, [{ type: valueType.v128, count: 2 * inputs.length + 5 }], body)
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
