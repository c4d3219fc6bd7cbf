/**
 * Kernel text of rounding: to whole numbers, and to the 16-bit float formats, halves to the even neighbour. A number is brought
 * to whole multiples of its last place by powers of two alone, which is exact, so no compiler's merging of operations and no
 * coarse division can change a result. (Veltkamp's splitting would be shorter and breaks when `c - (c - x)` is merged.)
 */
import type { Half } from "../../base/half.ts"
import { literal, type Writer } from "./writer.ts"

/** For sizes below 2^23. */
const nearest = (a: string, { declare }: Writer): string => {
  const below = declare(`Math.floor(${a})`)
  const rest = declare(`${a} - ${below}`)
  const odd = declare(`${below} - 2.0 * Math.floor(${below} * 0.5)`)
  return `(${rest} > 0.5 ? ${below} + 1.0 : (${rest} < 0.5 ? ${below} : ${below} + ${odd}))`
}

/** From 2^23 on, every f32 is whole. */
export const round = (a: string, writer: Writer): string => `(Math.abs(${a}) >= 8388608.0 ? ${a} : ${nearest(a, writer)})`

interface Format {
  /** Bits of the mantissa behind the leading one. */
  readonly bits: number
  /** Exponent of the smallest normal number. */
  readonly least: number
  /** Numbers from here on are scaled up to 1 and more by 2^-least; larger ones are there already. */
  readonly small: number
  /** Halvings of the range of exponents. */
  readonly levels: readonly number[]
  /** Halfway beyond the largest number. */
  readonly overflow: number
}

const formats: Readonly<Record<Half, Format>> = {
  f16: { bits: 10, least: -14, small: Infinity, levels: [16, 8, 4, 2, 1], overflow: 65520 },
  bf16: { bits: 7, least: -126, small: 1, levels: [64, 32, 16, 8, 4, 2, 1], overflow: (2 - 2 ** -8) * 2 ** 127 },
}

/** The nearest number of the format. Subnormals are right where the backend has those of f32 (bf16) or at all (f16). */
export const roundHalf = (format: Half, a: string, writer: Writer): string => {
  const { bits, least, small, levels, overflow } = formats[format]
  const { declare } = writer
  const size = declare(`Math.abs(${a})`)
  const scaled = (up: string, same: string): string => declare(small === Infinity ? up : `(${size} < ${literal(small)} ? ${up} : ${same})`)
  let rest = scaled(`${size} * ${literal(2 ** -least)}`, size)
  let power = scaled(literal(2 ** least), "1.0")
  for (const level of levels) {
    const reaches = `${rest} >= ${literal(2 ** level)}`
    power = declare(`(${reaches} ? ${power} * ${literal(2 ** level)} : ${power})`)
    rest = declare(`(${reaches} ? ${rest} * ${literal(2 ** -level)} : ${rest})`)
  }
  const whole = declare(`${rest} * ${literal(2 ** bits)}`)
  const rounded = declare(nearest(whole, writer))
  const value = declare(`${rounded} * ${literal(2 ** -bits)} * ${power}`)
  const signed = `(${size} == 0.0 ? ${a} : (${a} < 0.0 ? (-${value}) : ${value}))`
  return `(${size} >= ${literal(overflow)} ? ${a} * ${literal(2 ** 127)} : ${signed})`
}
