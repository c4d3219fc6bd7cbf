/** Evaluation in float64: ops that combine elements along axes: products, reductions, scans, softmax. */
import { must } from "../../../src/base/assert.ts"
import type { ContractionOps } from "../../../src/tensor/op/contraction.ts"
import type { Step } from "../../../src/tensor/program.ts"
import { at, build, fold, line, stretchedAt, sum, type Rows, type Wide } from "./wide.ts"

const logSumExp = (values: readonly number[]): number => {
  const top = Math.max(...values)
  return top + Math.log(sum(values.map((value) => Math.exp(value - top))))
}

const matmul = (step: Step, a: Wide, b: Wide, transposeA: boolean, transposeB: boolean): Wide => {
  const inner = must(a.shape.at(transposeA ? -2 : -1), "inner extent")
  return build(step, (index) => {
    const batch = index.slice(0, -2)
    const [row, column] = index.slice(-2) as [number, number]
    let total = 0
    for (let k = 0; k < inner; k++) {
      const left = stretchedAt(a, [...batch, ...(transposeA ? [k, row] : [row, k])])
      total += left * stretchedAt(b, [...batch, ...(transposeB ? [column, k] : [k, column])])
    }
    return total
  })
}

export const contractionRows: Rows<ContractionOps> = {
  matmul: ({ step, attrs, x, y }) => matmul(step, x, y, attrs.transposeA, attrs.transposeB),
  reduce_sum: ({ step, attrs, x }) => fold(step, x, attrs.axes, attrs.keepDims, 0, (a, b) => a + b),
  reduce_max: ({ step, attrs, x }) => fold(step, x, attrs.axes, attrs.keepDims, -Infinity, Math.max),
  argmax: ({ step, attrs, x }) => {
    const { axis } = attrs
    return build(step, (index) => {
      const values = line(x, axis, [...index.slice(0, axis), 0, ...index.slice(axis)])
      return values.indexOf(Math.max(...values))
    })
  },
  top_k: ({ step, attrs, x }) => {
    const { axis, largest } = attrs
    const counted = (value: number): number => (Number.isNaN(value) ? Infinity : value)
    const before = (a: number, b: number): boolean => (largest ? a > b : a < b)
    return build(step, (index) => {
      const values = line(x, axis, index).map(counted)
      const sorted = [...values.keys()].sort((i, j) => {
        const [a, b] = [must(values[i], "element"), must(values[j], "element")]
        return before(a, b) ? -1 : before(b, a) ? 1 : i - j
      })
      return must(sorted[must(index[axis], "index")], "rank")
    })
  },
  cumsum: ({ step, attrs, x }) => {
    const { axis, exclusive, reverse } = attrs
    return build(step, (index) => {
      const at = must(index[axis], "index")
      return sum(line(x, axis, index).filter((_, i) => (i === at ? !exclusive : reverse ? i > at : i < at)))
    })
  },
  softmax: ({ step, attrs, x }) => build(step, (index) => Math.exp(at(x, index) - logSumExp(line(x, attrs.axis, index)))),
  log_softmax: ({ step, attrs, x }) => build(step, (index) => at(x, index) - logSumExp(line(x, attrs.axis, index))),
}
