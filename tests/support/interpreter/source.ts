/** Evaluation in float64: ops without operands. */
import { assert, must } from "../../../src/base/assert.ts"
import type { SourceOps } from "../../../src/tensor/op/source.ts"
import { build, widen, type Rows } from "./wide.ts"

export const sourceRows: Rows<SourceOps> = {
  input: ({ step, attrs, inputs }) => {
    const value = must(inputs[attrs.name], `input ${attrs.name}`)
    assert(value.dtype === step.dtype && value.shape.join() === step.shape.join(), `input ${attrs.name} has another type`)
    return value
  },
  constant: ({ attrs }) => widen(attrs.value),
  iota: ({ step, attrs }) => build(step, (index) => must(index[attrs.axis], "index")),
}
