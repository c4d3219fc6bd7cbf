/** Batch rules: random bits. A key an example gives each its own numbers; one key gives all of them the same. */
import { apply } from "../apply.ts"
import { aligned, type Rules } from "./rule.ts"
import type { RandomOps } from "../op/random.ts"

export const randomRules: Rules<RandomOps> = {
  random_bits: ({ a, b, attrs, y }) => apply("random_bits", [aligned(a, y.shape.length), aligned(b, y.shape.length - 1)], attrs),
}
