/** Shape and dtype rules: ops without operands. */
import { inRank, none, type Rules } from "./rule.ts"
import { TraceError } from "../trace-error.ts"
import type { SourceOps } from "../op/source.ts"

export const sourceRules: Rules<SourceOps> = {
  input: none(() => {
    throw new TraceError("input", [], "a declared type: inputs have no rule of their own")
  }),
  constant: none(({ value }) => value),
  iota: none(({ shape, axis }, need) => (inRank(need, axis, shape), { shape, dtype: "i32" })),
}
