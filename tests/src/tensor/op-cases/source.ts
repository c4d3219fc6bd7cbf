/** Small applications: ops without operands. */
import * as e from "../../../../src/tensor/elementwise.ts"
import { constant, iota } from "../../../../src/tensor/source.ts"
import type { SourceOps } from "../../../../src/tensor/op/source.ts"
import { u, type CaseTable } from "./case.ts"

export const sourceCases: CaseTable<SourceOps> = {
  input: [[[u(2, 2)], (a) => a]],
  constant: [[[u(2)], (a) => e.mul(a, constant(3))]],
  iota: [[[u(3)], (a) => e.mul(a, e.cast(iota([2, 3], 1), "f32"))]],
}
