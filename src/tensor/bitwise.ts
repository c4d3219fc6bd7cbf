/**
 * Integers as rows of bits, two's complement; i32. ONNX has all 32 bits; gpu.js numbers hold operands and results below 2^24, of either
 * sign (bits that go everywhere are those of `random.ts`).
 */
import { add, mul, pair, sub, type Operand } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { floorDivide } from "./rounding.ts"

/** Bits that both have. */
export const bitAnd = pair("bit_and")
/** Bits that either has: those of one, and of the other what the one has not. */
export const bitOr = (a: Operand, b: Operand): Expr => add(a, sub(b, bitAnd(a, b)))
/** Bits that one has and the other has not. */
export const bitXor = (a: Operand, b: Operand): Expr => {
  const both = bitAnd(a, b)
  return add(sub(a, both), sub(b, both))
}
/** All bits the other way. */
export const bitNot = (x: Expr): Expr => sub(-1, x)

/** x * 2^count, 0 <= count < 31. */
export const shiftLeft = (x: Expr, count: number): Expr => mul(x, 2 ** count)
/** Without the lowest `count` bits, 0 <= count < 31; the sign stays: floor(x / 2^count). */
export const shiftRight = (x: Expr, count: number): Expr => floorDivide(x, 2 ** count)
