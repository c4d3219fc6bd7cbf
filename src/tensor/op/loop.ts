/** Ops that run a program many times. */
import type { Program } from "../program.ts"

/**
 * One loop. Operands, in this order: the carries before the first iteration, tensors with one slice an iteration along their first
 * axis, and constants, which every iteration sees alike.
 */
export interface Loop {
  /**
   * One iteration. Inputs `carry<i>`, `slice<i>` (an operand without its first axis) and `constant<i>`; outputs `carry<i>`, of the type
   * of the input of that name, and `out<i>`.
   */
  readonly body: Program
  /** How many of the operands are carries, and how many slices; the others are constants. */
  readonly carries: number
  readonly slices: number
  /** Iterations: 1 or more. */
  readonly length: number
  /** From the last slice to the first. What an iteration puts out lies where its slice does. */
  readonly reverse: boolean
}

/** A carry after the last iteration; a carry as each iteration found it, stacked; what each iteration put out, stacked. */
export type LoopResult = "final" | "entering" | "out"

export interface LoopOps {
  /**
   * One result of a loop. Steps of one loop (`loopKey`) differ in `result` and `index` only: a device runs their loop once.
   */
  readonly scan: Loop & { readonly result: LoopResult; readonly index: number }
}
