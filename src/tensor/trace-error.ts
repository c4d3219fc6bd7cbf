/**
 * What a trace throws when operands do not fit an op: a mistake in the code that traces (or in sizes a user chose,
 * which node kinds turn into a message of their own).
 */
import type { Dtype, Shape } from "../base/ndarray.ts"
import { showShape } from "./shape.ts"

/** What a shape rule sees of an operand, and what it gives back. */
export interface Typed {
  readonly shape: Shape
  readonly dtype: Dtype
}

/** `f32[2, 3]` */
export const showTyped = ({ shape, dtype }: Typed): string => `${dtype}${showShape(shape)}`

export class TraceError extends Error {
  override readonly name = "TraceError"
  readonly op: string
  readonly operands: readonly Typed[]
  /** What would have fitted. */
  readonly expected: string

  constructor(op: string, operands: readonly Typed[], expected: string) {
    super(`${op}(${operands.map(showTyped).join(", ")}): expected ${expected}`)
    this.op = op
    this.operands = operands.map(({ shape, dtype }) => ({ shape, dtype }))
    this.expected = expected
  }
}
