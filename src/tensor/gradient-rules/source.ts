/** Gradient rules: ops without operands. */
import { flat, type Rules } from "./rule.ts"
import type { SourceOps } from "../op/source.ts"

export const sourceRules: Rules<SourceOps> = {
  input: flat,
  constant: flat,
  iota: flat,
}
