/**
 * What a trace throws when operands do not fit an op: a mistake in the code that traces (or in sizes a user chose,
 * which node kinds turn into a message of their own).
 */
import type { Dtype, Shape } from "../base/ndarray.ts"
import { authorPlace } from "./author-place.ts"
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
  /** One change after which it would have, if a simple one is known. */
  readonly suggestion: string | undefined
  /** File and line in the code of who traced, `nodes/model/forward.ts:12`; nothing if no line of the stack is theirs. */
  readonly place: string | undefined

  constructor(op: string, operands: readonly Typed[], expected: string, suggestion?: string) {
    const place = authorPlace(TraceError)
    const hint = suggestion === undefined ? "" : `; ${suggestion} would fit`
    super(`${op}(${operands.map(showTyped).join(", ")}): expected ${expected}${hint}${place === undefined ? "" : ` (${place})`}`)
    this.op = op
    this.operands = operands.map(({ shape, dtype }) => ({ shape, dtype }))
    this.expected = expected
    this.suggestion = suggestion
    this.place = place
  }
}
