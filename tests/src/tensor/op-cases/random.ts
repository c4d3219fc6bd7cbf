/** Small applications: random bits. */
import { apply } from "../../../../src/tensor/apply.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import * as e from "../../../../src/tensor/elementwise.ts"
import { uniform } from "../../../../src/tensor/random.ts"
import type { RandomOps } from "../../../../src/tensor/op/random.ts"
import { integers } from "../finite-difference.ts"
import { u, type CaseTable } from "./case.ts"

const bits = (key: Expr, counter: Expr): Expr => apply("random_bits", [key, counter], { stream: 0 })

export const randomCases: CaseTable<RandomOps> = {
  random_bits: [
    [[u(2, 3), integers([4], [1, 2, 3, 4])], (a, key) => e.mul(a, uniform(key, [2, 3]))],
    [[u(2, 4), integers([1, 4], [1, 2, 3, 4]), integers([2], [5, 6])], (a, key, counter) => e.mul(a, e.mul(e.cast(bits(key, counter), "f32"), 2 ** -24))],
  ],
}
