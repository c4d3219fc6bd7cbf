/**
 * Division with remainder, exact on every backend: bit by bit, as on paper. Subtracting from a remainder what fits into it at
 * least once and less than twice is exact, and so is doubling, so neither the rounding of a division nor a multiplication
 * that the compiler merges into the subtraction can change a result.
 */
import { literal, type Writer } from "./writer.ts"

/** Quotients below 2^24 are found: more an integer cannot have here, and a float does not need. */
const bits = 24

/** Remainder and, where wanted, quotient of the magnitudes; both truncated. */
const divide = (a: string, b: string, { declare }: Writer, wanted: boolean): { readonly rest: string; readonly times: string } => {
  const by = declare(`Math.abs(${b})`)
  let rest = declare(`Math.abs(${a})`)
  let times = "0.0"
  for (let bit = bits - 1; bit >= 0; bit--) {
    const part = declare(`${by} * ${literal(2 ** bit)}`)
    if (wanted) times = declare(`(${rest} >= ${part} ? ${times} + ${literal(2 ** bit)} : ${times})`)
    rest = declare(`(${rest} >= ${part} ? ${rest} - ${part} : ${rest})`)
  }
  return { rest, times }
}

/** 1 where the signs of operands differ. */
const opposed = (a: string, b: string, { declare }: Writer): string =>
  declare(`((${a} < 0.0 ? 1.0 : 0.0) == (${b} < 0.0 ? 1.0 : 0.0) ? 0.0 : 1.0)`)

/** By zero: 0 for integers, NaN for floats. */
const unlessZero = (b: string, { dtype }: Writer, text: string): string => `(${b} == 0.0 ? ${dtype === "i32" ? "0.0" : `${b} / ${b}`} : ${text})`

export const remainder = (a: string, b: string, writer: Writer): string => {
  const { rest } = divide(a, b, writer, false)
  const other = opposed(a, b, writer)
  const size = writer.declare(`(${other} > 0.5 ? (${rest} > 0.0 ? Math.abs(${b}) - ${rest} : ${rest}) : ${rest})`)
  return unlessZero(b, writer, `(${b} < 0.0 ? (-${size}) : ${size})`)
}

export const quotient = (a: string, b: string, writer: Writer): string => {
  const { rest, times } = divide(a, b, writer, true)
  const other = opposed(a, b, writer)
  return unlessZero(b, writer, `(${other} > 0.5 ? (${rest} > 0.0 ? (-${times}) - 1.0 : (-${times})) : ${times})`)
}
