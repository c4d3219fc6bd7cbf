/** Batch rules: ops without operands. */
import { none, type Rules } from "./rule.ts"
import type { SourceOps } from "../op/source.ts"

export const sourceRules: Rules<SourceOps> = {
  input: none,
  constant: none,
  iota: none,
}
