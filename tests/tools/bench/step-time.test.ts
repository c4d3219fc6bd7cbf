/** What the profile of a step is read as: the fastest run of each node, by what the node is for. */
import { describe, expect, it } from "vitest"
import { gptSpecOf, productFlops } from "../../../tools/bench/spec.ts"
import { fastestRuns, nodeRuns, stepTable } from "../../../tools/bench/step-time.ts"

const typed = (...shapes: readonly (readonly number[])[]) => shapes.map((shape) => ({ float: shape }))

const kernel = (node: string, op: string, ts: number, dur: number, operands: ReturnType<typeof typed>, result: readonly number[]) => ({
  cat: "Node",
  name: `${op}_kernel_time`,
  ts,
  dur,
  args: { op_name: op, node_index: node, input_type_shape: operands, output_type_shape: typed(result) },
})

const run = (ts: number) => ({ cat: "Session", name: "model_run", ts, dur: 0, args: {} })

const product = (ts: number, ms: number) => kernel("0", "Gemm", ts, 1000 * ms, typed([1024, 128], [128, 512]), [1024, 512])
const square = (ts: number, ms: number) => kernel("1", "Mul", ts, 1000 * ms, typed([8, 128, 512], [8, 128, 512]), [8, 128, 512])
const bias = (ts: number, ms: number) => kernel("2", "MatMul", ts, 1000 * ms, typed([1, 1024], [1024, 512]), [1, 512])

const profile = JSON.stringify([run(0), product(1, 0.1), square(2, 0.1), bias(3, 0.1), run(10), product(11, 4), square(12, 2), bias(13, 9), run(20), product(21, 5), square(22, 1), bias(23, 8)])

describe("the profile of a step", () => {
  it("counts each node at its fastest, but for the first run", () => {
    expect(fastestRuns(nodeRuns(profile)).map(({ op, us }) => [op, us])).toEqual([["Gemm", 4000], ["Mul", 1000], ["MatMul", 8000]])
  })

  it("adds nodes up by what they are for; a sum over rows is no product", () => {
    const spec = gptSpecOf("train-0.8M", 2)
    const table = stepTable(spec, fastestRuns(nodeRuns(profile)))
    expect(table).toContain("| products with weights | 1 | 4.0 |")
    expect(table).toContain("| the activation of the MLP | 1 | 1.0 |")
    expect(table).toContain("| sums of gradients, clipping and AdamW | 1 | 8.0 |")
    expect(table).toContain("| all | 3 | 13.0 |")
    expect(table).toContain(`Products: ${(productFlops(spec) / 4e6).toFixed(0)} GFLOP/s.`)
  })
})
