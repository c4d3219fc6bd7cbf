/** Gradient rules: random bits depend on nothing that could be varied. */
import { flat, type Rules } from "./rule.ts"
import type { RandomOps } from "../op/random.ts"

export const randomRules: Rules<RandomOps> = {
  random_bits: flat,
}
