/**
 * A program: a traced computation as a flat list in evaluation order, which is what devices compile.
 * Value `i` is the result of `steps[i]`; arguments always come before their users; equal steps appear once; a
 * step that no output needs does not appear. SPEC T2.
 */
import type { Hash } from "../base/hash.ts"
import type { Dtype, Shape } from "../base/ndarray.ts"
import type { OpAttrs, OpName } from "./op.ts"

export type Step = {
  [Op in OpName]: {
    readonly op: Op
    /** Indices into `steps`. */
    readonly args: readonly number[]
    readonly attrs: OpAttrs[Op]
    readonly shape: Shape
    readonly dtype: Dtype
  }
}[OpName]

export interface Program {
  readonly steps: readonly Step[]
  /** Name -> index of an `input` step, sorted by name. Every declared input is here, used or not. */
  readonly inputs: { readonly [name: string]: number }
  /** Name -> index of the step whose value is given back, sorted by name. */
  readonly outputs: { readonly [name: string]: number }
  /** Hash of the structure: equal programs compile once. */
  readonly hash: Hash
}

/** What is there before anything is computed. */
export const isSource = ({ op }: Step): boolean => op === "input" || op === "constant"
