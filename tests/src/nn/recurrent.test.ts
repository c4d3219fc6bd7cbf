/** Recurrent cells, by their formulas and by what they learn; differential equations, by their solutions. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, zeros, type NdArray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { withProgram } from "../../../src/device/with-program.ts"
import { adamw } from "../../../src/nn/adamw.ts"
import { binaryCrossEntropy } from "../../../src/nn/cross-entropy.ts"
import { euler, rungeKutta, solve } from "../../../src/nn/ode.ts"
import { initState } from "../../../src/nn/optimiser.ts"
import { cellShapes, gruCell, lstmCell, recurrent, simpleCell, type Cell, type CellWeights } from "../../../src/nn/recurrent.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import { trainingSteps } from "../../../src/nn/training-steps.ts"
import { mul, neg } from "../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { broadcastTo, reshape } from "../../../src/tensor/reshape.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { anyDevice } from "../../support/any-device.ts"
import { interpretWide } from "../../support/interpreter.ts"
import { uniform } from "../tensor/finite-difference.ts"

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

describe("a cell of one unit is its formula", () => {
  /** h after two moments, from h and c of 0.3 and -0.2. */
  const run = (cell: Cell<"c">, parts: 1 | 3 | 4): number => {
    const shapes = cellShapes(1, 1, parts)
    const weights = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)])) as unknown as CellWeights
    const { state } = recurrent(cell, input("xs", [2, 1, 1]), { h: constant(ndarray("f32", [1, 1], Float32Array.of(0.25))), c: constant(ndarray("f32", [1, 1], Float32Array.of(-0.5))) }, weights)
    const values = interpretWide(makeProgram({ outputs: { h: state.h } }), {
      xs: { dtype: "f32", shape: [2, 1, 1], data: Float64Array.of(0.7, -1.1) },
      ...Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, uniform(name, shape)])),
    })
    return must(values["h"]?.data[0], "h")
  }
  const by = (parts: number, next: (z: (part: number) => number, u: (part: number) => number, state: { h: number; c: number }) => { h: number; c: number }): number => {
    const [w, u, b] = ["input", "state", "bias"].map((name) => uniform(name, name === "bias" ? [parts] : [1, parts]).data) as [Float64Array, Float64Array, Float64Array]
    let state = { h: 0.25, c: -0.5 }
    for (const x of [0.7, -1.1]) {
      const { h } = state
      state = next((part) => x * must(w[part], "w") + must(b[part], "b"), (part) => h * must(u[part], "u"), state)
    }
    return state.h
  }

  it("simple", () => {
    const cell: Cell<"c"> = ({ h, c }, says, weights) => ({ ...simpleCell({ h }, says, weights), c })
    expect(run(cell, 1)).toBeCloseTo(by(1, (z, u, { c }) => ({ h: Math.tanh(z(0) + u(0)), c })), 12)
  })
  it("LSTM", () => {
    const formula = by(4, (z, u, { c }) => {
      const memory = sigmoid(z(1) + u(1)) * c + sigmoid(z(0) + u(0)) * Math.tanh(z(2) + u(2))
      return { h: sigmoid(z(3) + u(3)) * Math.tanh(memory), c: memory }
    })
    expect(run(lstmCell, 4)).toBeCloseTo(formula, 12)
  })
  it("GRU", () => {
    const cell: Cell<"c"> = ({ h, c }, says, weights) => ({ ...gruCell({ h }, says, weights), c })
    const formula = by(3, (z, u, { h, c }) => {
      const keep = sigmoid(z(1) + u(1))
      return { h: (1 - keep) * Math.tanh(z(2) + sigmoid(z(0) + u(0)) * u(2)) + keep * h, c }
    })
    expect(run(cell, 3)).toBeCloseTo(formula, 12)
  })
})

it("a sequence read backwards gives the outputs of the sequence turned round", () => {
  const weights = { input: input("w", [1, 2]), state: input("u", [2, 2]), bias: input("b", [2]) }
  const h = broadcastTo(constant(0), [1, 2])
  const given = { w: uniform("w", [1, 2]), u: uniform("u", [2, 2]), b: uniform("b", [2]) }
  const [xs, turned] = [Float64Array.of(1, 2, 3), Float64Array.of(3, 2, 1)].map((data) => ({ dtype: "f32" as const, shape: [3, 1, 1], data }))
  const outputs = (reverse: boolean, at: NonNullable<typeof xs>) =>
    interpretWide(makeProgram({ outputs: { y: recurrent(simpleCell, input("xs", [3, 1, 1]), { h }, weights, { reverse }).outputs } }), { ...given, xs: at })["y"]?.data
  const rows = (data: Float64Array | undefined) => [0, 1, 2].map((t) => [...(data ?? []).slice(2 * t, 2 * t + 2)])
  expect(rows(outputs(true, must(xs, "xs")))).toEqual(rows(outputs(false, must(turned, "turned"))).reverse())
})

describe("the parity of the bits so far is learnt by", () => {
  const [length, batch, width, steps, calls] = [6, 32, 8, 50, 6]
  const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 }

  /** Mean loss, nats a bit, of the first call of 50 steps and of the last. */
  const learn = async (cell: Cell<"c">, parts: 1 | 3 | 4): Promise<readonly [number, number]> => {
    const shapes = { ...cellShapes(1, width, parts), head: [width, 1] }
    const zero = broadcastTo(constant(0), [batch, width])
    const loss = (x: Exprs): Expr => {
      const { outputs } = recurrent(cell, x["bits"] as Expr, { h: zero, c: zero }, x as unknown as CellWeights)
      const logits = matmul(reshape(outputs, [length * batch, width]), x["head"] as Expr)
      return binaryCrossEntropy(logits, reshape(x["parity"] as Expr, [length * batch, 1]))
    }
    const optimiser = adamw(settings)
    const given = { bits: input("bits", [length, batch, 1]), parity: input("parity", [length, batch]) }
    const step = trainingStep({ trained: shapes, given, loss, optimiser, clip: 1 })
    const program = trainingSteps(step, steps, ["bits", "parity", "adam/rate", "adam/epsilon", "adam/keep"])
    const weights: Tensors = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => {
        const data = random(`parity ${name}`).normals(shape.reduce((n, extent) => n * extent, 1))
        return [name, name === "bias" ? zeros("f32", shape) : ndarray("f32", shape, data.map((x) => 0.6 * x))]
      }),
    )
    const device = await anyDevice()
    const means = await withProgram(device, program, { ...weights, ...initState(optimiser, weights) }, async (bound) => {
      const found: number[] = []
      for (let call = 0; call < calls; call++) {
        const { loss: losses } = await bound.run({ ...examples(call), ...scalars(call) })
        found.push([...must(losses, "loss").data].reduce((sum, x) => sum + x, 0) / steps)
      }
      return found
    })
    await device.close()
    return [must(means[0], "first"), must(means.at(-1), "last")]
  }

  const examples = (call: number): Tensors => {
    const stream = random(`bits ${call}`)
    const bits = Float32Array.from({ length: steps * length * batch }, (_, i) => stream.below(i, 2))
    const parity = bits.slice()
    for (let i = 0; i < parity.length; i++) if (Math.floor(i / batch) % length > 0) parity[i] = (must(parity[i], "bit") + must(parity[i - batch], "bit")) % 2
    return { bits: ndarray("f32", [steps, length, batch, 1], bits), parity: ndarray("f32", [steps, length, batch], parity) }
  }
  const scalars = (call: number): Tensors => {
    const all = Array.from({ length: steps }, (_, i) => adamw(settings).at(0.02, call * steps + i + 1))
    return Object.fromEntries(Object.keys(must(all[0], "step")).map((name): [string, NdArray] => [name, ndarray("f32", [steps], Float32Array.from(all, (at) => must(at[name]?.data[0], name)))]))
  }

  it.each([
    ["an LSTM", lstmCell, 4],
    ["a GRU", (({ h, c }, says, weights) => ({ ...gruCell({ h }, says, weights), c })) as Cell<"c">, 3],
  ] as const)("%s", async (_, cell, parts) => {
    const [first, last] = await learn(cell, parts)
    expect(first).toBeGreaterThan(0.4)
    expect(last).toBeLessThan(0.05)
  })
})

describe("y' = -y t", () => {
  const y = input("y", [2])
  const at = { y: { dtype: "f32" as const, shape: [2], data: Float64Array.of(1, -3) } }
  const error = (step: typeof euler, steps: number): number => {
    const { end, path } = solve((now, t) => neg(mul(now, t)), y, { from: 0, to: 2, steps }, step)
    const values = interpretWide(makeProgram({ outputs: { end, path } }), at)
    expect(values["path"]?.shape).toEqual([steps, 2])
    expect([...(values["path"]?.data ?? [])].slice(-2)).toEqual([...(values["end"]?.data ?? [])])
    return Math.abs(must(values["end"]?.data[1], "end") + 3 * Math.exp(-2))
  }

  it("is solved with an error of the first order by Euler's steps, of the fourth by Kutta's", () => {
    expect(error(euler, 40) / error(euler, 80)).toBeCloseTo(2, 0)
    const ratio = error(rungeKutta, 20) / error(rungeKutta, 40)
    expect(ratio).toBeGreaterThan(12)
    expect(ratio).toBeLessThan(24)
    expect(error(rungeKutta, 40)).toBeLessThan(1e-5)
  })

  it("has the gradient exp(-t^2 / 2) by its start", () => {
    const { end } = solve((now, t) => neg(mul(now, t)), y, { from: 0, to: 2, steps: 40 })
    const [slope] = gradients(reduceSum(end), [y])
    const values = interpretWide(makeProgram({ outputs: { slope: slope as Expr } }), {})
    expect([...(values["slope"]?.data ?? [])]).toEqual([expect.closeTo(Math.exp(-2), 5), expect.closeTo(Math.exp(-2), 5)])
  })
})
