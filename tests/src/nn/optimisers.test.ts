/** Optimisers against their published formulas, step by step in float64. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, type NdArray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { adam, adamw } from "../../../src/nn/adamw.ts"
import { withEma } from "../../../src/nn/ema.ts"
import { lion } from "../../../src/nn/lion.ts"
import { muon, orthogonalised } from "../../../src/nn/muon.ts"
import { initState, type Optimiser } from "../../../src/nn/optimiser.ts"
import { paramGroups } from "../../../src/nn/param-groups.ts"
import { sgd } from "../../../src/nn/sgd.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import { mul, square, sub } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { interpret } from "../../support/interpreter.ts"

/** Loss sum(curvature (w - 1)^2) / 2, so the gradient is curvature (w - 1). */
const curvature = [1, 2, 0.5, 3]
const start = [3, -1, 0.25, 2]
const bowl = (w: Expr): Expr => mul(reduceSum(mul(square(sub(w, 1)), constant(ndarray("f32", w.shape, Float32Array.from(curvature))))), 0.5)
const slope = (w: readonly number[]): number[] => w.map((x, i) => must(curvature[i], "curvature") * (x - 1))

/** Weight and state after `steps` steps from `start`, as [2, 2] or as a vector. */
const walk = (optimiser: Optimiser, steps: number, { shape = [2, 2], lr = 0.1, sharpness }: { shape?: number[]; lr?: number; sharpness?: number } = {}): Tensors => {
  const program = trainingStep({ trained: { w: shape }, given: {}, loss: ({ w }) => bowl(w as Expr), optimiser, ...(sharpness === undefined ? {} : { sharpness }) })
  const first: Tensors = { w: ndarray("f32", shape, Float32Array.from(start)) }
  let state: Tensors = { ...first, ...initState(optimiser, first) }
  for (let t = 1; t <= steps; t++) {
    const out = interpret(program, { ...state, ...optimiser.at(lr, t) })
    state = Object.fromEntries(Object.keys(state).map((name) => [name, must(out[name], name)]))
  }
  return state
}
const close = (got: NdArray | undefined, want: readonly number[]) => want.forEach((value, i) => expect(got?.data[i]).toBeCloseTo(value, 5))

describe("sgd with Nesterov's momentum", () => {
  it("steps along the gradient and the momentum after it", () => {
    let [w, m] = [start, [0, 0, 0, 0]]
    for (let t = 0; t < 5; t++) {
      const g = slope(w)
      m = m.map((x, i) => 0.9 * x + must(g[i], "g"))
      w = w.map((x, i) => x - 0.1 * (must(g[i], "g") + 0.9 * must(m[i], "m")))
    }
    const end = walk(sgd({ momentum: 0.9, nesterov: true, weightDecay: 0 }), 5)
    close(end["w"], w)
    close(end["m/w"], m)
  })
})

describe("adam", () => {
  it("is AdamW without decay", () => {
    const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }
    expect(walk(adam(settings), 4)).toEqual(walk(adamw({ ...settings, weightDecay: 0 }), 4))
  })
})

describe("lion", () => {
  it("moves by the sign of the interpolated momentum, and decays matrices only", () => {
    const settings = { beta1: 0.9, beta2: 0.99, weightDecay: 0.5 }
    const expected = (decay: number) => {
      let [w, m] = [start, [0, 0, 0, 0]]
      for (let t = 0; t < 6; t++) {
        const g = slope(w)
        const direction = m.map((x, i) => Math.sign(0.9 * x + 0.1 * must(g[i], "g")))
        w = w.map((x, i) => x * (1 - 0.1 * decay) - 0.1 * must(direction[i], "direction"))
        m = m.map((x, i) => 0.99 * x + 0.01 * must(g[i], "g"))
      }
      return { w, m }
    }
    const matrix = walk(lion(settings), 6)
    close(matrix["w"], expected(0.5).w)
    close(matrix["m/w"], expected(0.5).m)
    close(walk(lion(settings), 6, { shape: [4] })["w"], expected(0).w)
  })
})

describe("muon", () => {
  /** Singular values of a matrix of two rows, from the eigenvalues of its Gram matrix. */
  const singular = (x: NdArray): number[] => {
    const [, columns = 0] = x.shape
    const row = (i: number) => [...x.data.slice(i * columns, (i + 1) * columns)]
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * must(b[i], "b"), 0)
    const [p, q, r] = [dot(row(0), row(0)), dot(row(0), row(1)), dot(row(1), row(1))]
    const root = Math.sqrt(((p - r) / 2) ** 2 + q * q)
    return [(p + r) / 2 + root, (p + r) / 2 - root].map((value) => Math.sqrt(Math.max(value, 0)))
  }

  it("brings singular values of any size to between 0.68 and 1.13, wide and tall alike", () => {
    for (const seed of ["a", "b", "c"]) {
      const x = ndarray("f32", [2, 5], random(seed).normals(10).map((value, i) => value * (i < 5 ? 0.01 : 30)))
      const wide = makeProgram({ outputs: { y: orthogonalised(input("x", [2, 5])), tall: orthogonalised(input("t", [5, 2])) } })
      const turned = ndarray("f32", [5, 2], Float32Array.from({ length: 10 }, (_, i) => must(x.data[(i % 2) * 5 + (i >> 1)], "x")))
      const { y, tall } = interpret(wide, { x, t: turned })
      // One singular value is 3,000 times the other: only the larger is certain to arrive in five steps.
      expect(singular(must(y, "y"))[0]).toBeGreaterThan(0.68)
      expect(singular(must(y, "y"))[0]).toBeLessThan(1.14)
      must(tall, "tall").data.forEach((value, i) => expect(value).toBeCloseTo(must(y?.data[(i % 2) * 5 + (i >> 1)], "y"), 5))
    }
    const well = ndarray("f32", [2, 2], Float32Array.of(1, 2, -3, 1))
    const { y } = interpret(makeProgram({ outputs: { y: orthogonalised(input("x", [2, 2])) } }), { x: well })
    for (const value of singular(must(y, "y"))) {
      expect(value).toBeGreaterThan(0.68)
      expect(value).toBeLessThan(1.14)
    }
  })

  it("takes its first step along the orthogonalised gradient, scaled for tall matrices", () => {
    const shape = [4, 1]
    const after = walk(muon({ momentum: 0.95, weightDecay: 0.1 }), 1, { shape })
    const g = ndarray("f32", shape, Float32Array.from(slope(start)).map((x) => x * 1.95))
    const { y } = interpret(makeProgram({ outputs: { y: orthogonalised(input("g", shape)) } }), { g })
    close(after["w"], start.map((w, i) => w * 0.99 - 0.1 * 2 * must(y?.data[i], "y")))
  })

  it("refuses a vector and says what to do", () => {
    expect(() => walk(muon({ momentum: 0.9, weightDecay: 0 }), 1, { shape: [4] })).toThrow(/muon, weight w\(f32\[4\]\): expected a matrix; give other weights another optimiser/)
  })
})

describe("withEma", () => {
  it("averages from the first weights on, beside an optimiser that goes its own way", () => {
    const plain = sgd({ momentum: 0, weightDecay: 0 })
    const optimiser = withEma(plain, 0.8)
    let [w, ema] = [start, start]
    for (let t = 0; t < 4; t++) {
      const g = slope(w)
      w = w.map((x, i) => x - 0.1 * must(g[i], "g"))
      ema = ema.map((x, i) => 0.8 * x + 0.2 * must(w[i], "w"))
    }
    const end = walk(optimiser, 4)
    expect(end["w"]).toEqual(walk(plain, 4)["w"])
    close(end["ema/w"], ema)
  })
})

describe("paramGroups", () => {
  const [first, second] = [sgd({ momentum: 0, weightDecay: 0 }), adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8 })]
  const groups = paramGroups([{ wants: ({ shape }) => shape.length === 2, optimiser: first, rate: 0.5 }, { optimiser: second }])

  it("trains each weight as its group says, at the group's share of the rate", () => {
    close(walk(groups, 3)["w"], [...must(walk(first, 3, { lr: 0.05 })["w"], "w").data])
    expect(walk(groups, 3, { shape: [4] })).toEqual(walk(second, 3, { shape: [4] }))
  })

  it("keeps state only where the group's optimiser has some", () => {
    const weights: Tensors = { matrix: ndarray("f32", [1, 1], Float32Array.of(1)), vector: ndarray("f32", [1], Float32Array.of(1)) }
    expect(Object.keys(initState(groups, weights))).toEqual(["m/vector", "v/vector"])
  })

  it("takes two groups of one optimiser with settings of their own", () => {
    const both = paramGroups([{ wants: ({ name }) => name === "other", optimiser: sgd({ momentum: 0, weightDecay: 0 }) }, { optimiser: sgd({ momentum: 0, weightDecay: 1 }) }])
    expect(walk(both, 2)["w"]).toEqual(walk(sgd({ momentum: 0, weightDecay: 1 }), 2)["w"])
  })

  it("says which weight no group wants", () => {
    expect(() => walk(paramGroups([{ wants: () => false, optimiser: first }]), 1)).toThrow("no group wants weight w")
  })
})

describe("sharpness-aware minimisation", () => {
  it("descends by the gradient at w + radius g / |g|", () => {
    const radius = 0.3
    let w = start
    for (let t = 0; t < 3; t++) {
      const g = slope(w)
      const norm = Math.hypot(...g)
      const there = slope(w.map((x, i) => x + (radius * must(g[i], "g")) / norm))
      w = w.map((x, i) => x - 0.1 * must(there[i], "g"))
    }
    close(walk(sgd({ momentum: 0, weightDecay: 0 }), 3, { sharpness: radius })["w"], w)
  })

  it("costs two gradients, not three: the move is not differentiated", () => {
    const count = (sharpness?: number) =>
      trainingStep({
        trained: { w: [2, 2] },
        given: { x: input("x", [3, 2]) },
        loss: ({ w, x }) => reduceSum(square(matmul(x as Expr, w as Expr))),
        optimiser: sgd({ momentum: 0, weightDecay: 0 }),
        ...(sharpness === undefined ? {} : { sharpness }),
      }).steps.filter(({ op }) => op === "matmul").length
    expect([count(), count(0.05)]).toEqual([2, 4])
  })
})
