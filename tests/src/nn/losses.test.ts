/** Losses against their formulas, written out in float64. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { infoNce, pairContrastive } from "../../../src/nn/contrastive.ts"
import { binaryCrossEntropy, crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { distillation, entropy, jensenShannon, klDivergence } from "../../../src/nn/divergence.ts"
import { huber, meanAbsoluteError, meanSquaredError } from "../../../src/nn/regression.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { interpret } from "../../support/interpreter.ts"

const valueOf = (y: Expr, inputs: Tensors = {}): number => must(interpret(makeProgram({ outputs: { y } }), inputs)["y"], "y").data[0] as number
const tensor = (shape: readonly number[], ...values: readonly number[]): Expr => constant(ndarray("f32", shape, Float32Array.from(values)))
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const softmax = (row: readonly number[]): number[] => {
  const e = row.map(Math.exp)
  return e.map((x) => x / e.reduce((a, b) => a + b, 0))
}
const kl = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, x, i) => sum + x * Math.log(x / must(q[i], "q")), 0)

const rows = [[0.5, -1, 2], [3, 0, 0.25]] as const
const other = [[0, 1, -1], [2, 2, 1]] as const
const [p, q] = [tensor([2, 3], ...rows.flat()), tensor([2, 3], ...other.flat())]

describe("cross-entropy with label smoothing", () => {
  const targets = constant(ndarray("i32", [2], Int32Array.of(2, 0)))
  it("is the cross-entropy with (1 - s) of the target and s / classes of every class", () => {
    const want = mean(rows.map((row, i) => -softmax(row).reduce((sum, x, c) => sum + ((c === [2, 0][i] ? 0.9 : 0) + 0.1 / 3) * Math.log(x), 0)))
    expect(valueOf(crossEntropy(p, targets, { smoothing: 0.1 }))).toBeCloseTo(want, 6)
  })
  it("keeps what the mask keeps", () => {
    const mask = constant(ndarray("bool", [2], Uint8Array.of(0, 1)))
    const alone = crossEntropy(tensor([1, 3], ...rows[1]), constant(ndarray("i32", [1], Int32Array.of(0))), { smoothing: 0.2 })
    expect(valueOf(crossEntropy(p, targets, { smoothing: 0.2, mask }))).toBeCloseTo(valueOf(alone), 6)
  })
})

describe("binary cross-entropy", () => {
  it("is -(t ln s(x) + (1 - t) ln (1 - s(x)))", () => {
    const [xs, ts] = [[0.3, -2, 4], [1, 0.25, 0]] as const
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
    const want = mean(xs.map((x, i) => -((ts[i] as number) * Math.log(sigmoid(x)) + (1 - (ts[i] as number)) * Math.log(1 - sigmoid(x)))))
    expect(valueOf(binaryCrossEntropy(tensor([3], ...xs), tensor([3], ...ts)))).toBeCloseTo(want, 6)
  })
  it("stays finite, and right, for logits of any size", () => {
    expect(valueOf(binaryCrossEntropy(tensor([2], 1000, -1000), tensor([2], 0, 1)))).toBe(1000)
  })
})

describe("regression losses", () => {
  const [a, b] = [tensor([4], 0, 1, 2, 10), tensor([4], 0.5, 1, 0, 6)]
  it("are means of squares, absolute values, and of squares that turn linear", () => {
    expect(valueOf(meanSquaredError(a, b))).toBeCloseTo((0.25 + 4 + 16) / 4, 6)
    expect(valueOf(meanAbsoluteError(a, b))).toBeCloseTo(6.5 / 4, 6)
    expect(valueOf(huber(a, b, 1.5))).toBeCloseTo((0.125 + (1.5 * 2 - 1.125) + (1.5 * 4 - 1.125)) / 4, 6)
  })
})

describe("divergences", () => {
  it("KL is sum p ln(p / q), 0 for equal sides, and asymmetric", () => {
    expect(valueOf(klDivergence(p, q))).toBeCloseTo(mean(rows.map((row, i) => kl(softmax(row), softmax(must(other[i], "row"))))), 6)
    expect(valueOf(klDivergence(p, p))).toBeCloseTo(0, 7)
    expect(Math.abs(valueOf(klDivergence(p, q)) - valueOf(klDivergence(q, p)))).toBeGreaterThan(0.01)
  })
  it("Jensen-Shannon is symmetric, and ln 2 for sides that share nothing", () => {
    const want = mean(
      rows.map((row, i) => {
        const [x, y] = [softmax(row), softmax(must(other[i], "row"))]
        const middle = x.map((value, c) => (value + must(y[c], "y")) / 2)
        return (kl(x, middle) + kl(y, middle)) / 2
      }),
    )
    expect(valueOf(jensenShannon(p, q))).toBeCloseTo(want, 6)
    expect(valueOf(jensenShannon(q, p))).toBeCloseTo(want, 6)
    expect(valueOf(jensenShannon(tensor([1, 2], 100, 0), tensor([1, 2], 0, 100)))).toBeCloseTo(Math.LN2, 6)
  })
  it("distillation at temperature t is t^2 KL of the softened sides", () => {
    const soft = (row: readonly number[]) => softmax(row.map((x) => x / 3))
    expect(valueOf(distillation(p, q, 3))).toBeCloseTo(9 * mean(rows.map((row, i) => kl(soft(row), soft(must(other[i], "row"))))), 6)
  })
  it("entropy is ln n for n equal classes", () => expect(valueOf(entropy(tensor([1, 5], 2, 2, 2, 2, 2)))).toBeCloseTo(Math.log(5), 6))
})

describe("contrastive losses", () => {
  const [x, y] = [input("x", [4, 3]), input("y", [4, 3])]
  const given: Tensors = { x: ndarray("f32", [4, 3], random("x").normals(12)), y: ndarray("f32", [4, 3], random("y").normals(12)) }
  const row = (name: "x" | "y", i: number) => [...must(given[name], name).data.slice(3 * i, 3 * i + 3)]

  it("InfoNCE is the cross-entropy of each row finding its partner, both ways", () => {
    const unit = (v: number[]) => v.map((value) => value / Math.hypot(...v))
    const cosine = (i: number, j: number) => unit(row("x", i)).reduce((sum, value, k) => sum + value * must(unit(row("y", j))[k], "k"), 0) / 0.2
    const all = [0, 1, 2, 3]
    const there = mean(all.map((i) => -Math.log(must(softmax(all.map((j) => cosine(i, j)))[i], "share"))))
    const back = mean(all.map((j) => -Math.log(must(softmax(all.map((i) => cosine(i, j)))[j], "share"))))
    expect(valueOf(infoNce(x, y, 0.2), given)).toBeCloseTo((there + back) / 2, 5)
  })

  it("pairs attract when they belong together, and repel within the margin", () => {
    const same = [1, 0, 0, 1]
    const distance = (i: number) => Math.hypot(...row("x", i).map((value, k) => value - must(row("y", i)[k], "k")))
    const want = mean(same.map((s, i) => (s === 1 ? distance(i) ** 2 : Math.max(0, 2 - distance(i)) ** 2) / 2))
    expect(valueOf(pairContrastive(x, y, tensor([4], ...same), 2), given)).toBeCloseTo(want, 5)
  })

  it("has a finite gradient where two rows are one", () => {
    const [slope] = gradients(pairContrastive(x, x, tensor([4], 0, 1, 0, 1)), [x])
    const got = must(interpret(makeProgram({ outputs: { slope: slope as Expr } }), { x: must(given["x"], "x") })["slope"], "slope")
    expect([...got.data].every(Number.isFinite)).toBe(true)
  })
})
