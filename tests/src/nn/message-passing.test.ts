/** Propagation on graphs: each layer against its formula on dense matrices, gradients, and that they learn who belongs together. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, type Shape, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { adamw, adamwScalars } from "../../../src/nn/adamw.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { glorotUniform } from "../../../src/nn/initialise.ts"
import { type Edges, graphAttention, graphConvolution, graphIsomorphism, graphSage } from "../../../src/nn/message-passing.ts"
import { initState } from "../../../src/nn/optimiser.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import { relu } from "../../../src/tensor/activation.ts"
import { square } from "../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { gather } from "../../../src/tensor/indexing.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { argmax, reduceSum } from "../../../src/tensor/reduce.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { interpret } from "../../support/interpreter.ts"
import { checkGradients, integers, uniform } from "../tensor/finite-difference.ts"

/** Each row of the other. */
type Matrix = readonly (readonly number[])[]
const times = (a: Matrix, b: Matrix): Matrix => a.map((row) => (b[0] as readonly number[]).map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)))
const matrixOf = (name: string, rows: number, columns: number): Matrix => {
  const { data } = uniform(name, [rows, columns])
  return Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)].map(Math.fround))
}
const f32 = (m: Matrix): Expr => constant(ndarray("f32", [m.length, m[0]!.length], Float32Array.from(m.flat())))
const i32 = (...values: readonly number[]): Expr => constant(ndarray("i32", [values.length], Int32Array.from(values)))
const expectMatrix = (y: Expr, want: Matrix): void => {
  expect(y.shape).toEqual([want.length, want[0]!.length])
  const { data } = must(interpret(makeProgram({ outputs: { y } }), {})["y"], "y")
  want.flat().forEach((value, i) => expect(data[i]).toBeCloseTo(value, 5))
}

/** 0 - 1 - 2, 1 - 3, both ways; node 4 has no neighbours. */
const [sources, targets] = [[0, 1, 1, 2, 1, 3], [1, 0, 2, 1, 3, 1]]
const edges: Edges = { sources: i32(...sources), targets: i32(...targets) }
const n = 5
const adjacency = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(targets.some((target, e) => target === i && sources[e] === j))))
const degrees = adjacency.map((row) => row.reduce((a, b) => a + b, 0))
const nodes = matrixOf("nodes", n, 3)

describe("each layer is its formula", () => {
  it("graph convolution", () => {
    const weight = matrixOf("weight", 3, 2)
    const scaled = adjacency.map((row, i) => row.map((a, j) => (a + Number(i === j)) / Math.sqrt((degrees[i]! + 1) * (degrees[j]! + 1))))
    expectMatrix(graphConvolution(f32(nodes), edges, f32(weight)), times(scaled, times(nodes, weight)))
  })

  it("GraphSAGE", () => {
    const [own, other] = [matrixOf("own", 3, 2), matrixOf("other", 3, 2)]
    const mean = adjacency.map((row, i) => row.map((a) => a / Math.max(1, degrees[i]!)))
    const [a, b] = [times(nodes, own), times(times(mean, nodes), other)]
    const bias = constant(ndarray("f32", [2], Float32Array.of(10, 20)))
    expectMatrix(graphSage(f32(nodes), edges, { own: f32(own), neighbours: f32(other), bias }), a.map((row, i) => row.map((x, j) => x + b[i]![j]! + 10 * (j + 1))))
  })

  it("graph attention with two heads", () => {
    const [weight, source, target] = [matrixOf("weight", 3, 4), matrixOf("source", 2, 2), matrixOf("target", 2, 2)]
    const mapped = times(nodes, weight)
    const want = nodes.map((_, i) =>
      [0, 1].flatMap((head) => {
        const part = (vector: Matrix, node: number) => vector[head]!.reduce((sum, a, k) => sum + a * mapped[node]![2 * head + k]!, 0)
        const near = nodes.flatMap((_, j) => (j === i || adjacency[i]![j] === 1 ? [j] : []))
        const raised = near.map((j) => {
          const score = part(target, i) + part(source, j)
          return Math.exp(score > 0 ? score : 0.2 * score)
        })
        const total = raised.reduce((a, b) => a + b, 0)
        return [0, 1].map((k) => near.reduce((sum, j, at) => sum + (raised[at]! / total) * mapped[j]![2 * head + k]!, 0))
      }),
    )
    expectMatrix(graphAttention(f32(nodes), edges, { weight: f32(weight), source: f32(source), target: f32(target) }), want)
    expect(() => graphAttention(f32(nodes), edges, { weight: f32(nodes), source: f32(source), target: f32(target) })).toThrow(
      "graphAttention(f32[5, 3], f32[2, 2]): expected a weight to 2 heads of 2",
    )
  })

  it("graph isomorphism: the sum, so that the number of neighbours is seen", () => {
    const sums = times(adjacency, nodes)
    expectMatrix(graphIsomorphism(f32(nodes), edges, 0.5), nodes.map((row, i) => row.map((x, j) => 1.5 * x + sums[i]![j]!)))
    expectMatrix(graphIsomorphism(f32(nodes.map(() => [1])), edges), degrees.map((degree) => [1 + degree]))
  })
})

it("A1: gradients go along the edges", () => {
  const given = { sources: input("sources", [6], "i32"), targets: input("targets", [6], "i32") }
  const [x, weight, source, target] = [input("x", [n, 3]), input("weight", [3, 4]), input("source", [2, 2]), input("target", [2, 2])]
  const y = graphConvolution(graphAttention(x, given, { weight, source, target }), given, input("last", [4, 2]))
  const values = Object.fromEntries(Object.entries({ x: [n, 3], weight: [3, 4], source: [2, 2], target: [2, 2], last: [4, 2] }).map(([name, shape]) => [name, uniform(name, shape)]))
  const variables: Exprs = { x, weight, source, target, last: input("last", [4, 2]), ...given }
  checkGradients(reduceSum(square(y)), variables, { ...values, sources: integers([6], sources), targets: integers([6], targets) })
})

describe("two groups of friends, of whom one each says where it belongs", () => {
  /** 8 and 8 nodes: within a group many edges, between them few. The features are the nodes themselves, as in the paper's featureless runs. */
  const count = 16
  const group = (node: number) => Number(node >= count / 2)
  const stream = random("friends")
  const pairs = Array.from({ length: count * count }, (_, e) => [Math.floor(e / count), e % count] as const).filter(
    ([a, b], e) => a < b && stream.uniform(e) < (group(a) === group(b) ? 0.6 : 0.05),
  )
  const both = [...pairs, ...pairs.map(([a, b]) => [b, a] as const)]
  const friends: Edges = { sources: i32(...both.map(([a]) => a)), targets: i32(...both.map(([, b]) => b)) }
  const features = f32(Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => Number(i === j))))
  const told = [0, count - 1]

  /** The share of nodes put into their group by a network trained on the two that said. */
  const learned = (shapes: { readonly [name: string]: Shape }, logits: (w: Exprs) => Expr): number => {
    const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01 }
    const optimiser = adamw(settings)
    const program = trainingStep({
      trained: shapes,
      given: {},
      loss: (w) => crossEntropy(gather(logits(w), i32(...told)), i32(...told.map(group))),
      optimiser,
    })
    const weights = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, glorotUniform(random(name), shape)]))
    let state: Tensors = { ...weights, ...initState(optimiser, weights) }
    for (let t = 1; t <= 30; t++) {
      const { loss, gradient_norm, ...next } = interpret(program, { ...state, ...adamwScalars(settings, 0.05, t) })
      state = next
    }
    const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]))
    const answer = must(interpret(makeProgram({ outputs: { y: argmax(logits(inputs)) } }), Object.fromEntries(Object.keys(shapes).map((name) => [name, must(state[name], name)])))["y"], "y")
    return [...answer.data].filter((y, node) => y === group(node)).length / count
  }
  const w = (all: Exprs, name: string) => must(all[name], name)

  it("graph convolutions find the others", () => {
    const network = (all: Exprs) => graphConvolution(relu(graphConvolution(features, friends, w(all, "a"))), friends, w(all, "b"))
    expect(learned({ a: [count, 8], b: [8, 2] }, network)).toBeGreaterThanOrEqual(15 / 16)
  })

  it("so does graph attention", () => {
    const network = (all: Exprs) =>
      graphConvolution(
        relu(graphAttention(features, friends, { weight: w(all, "a"), source: w(all, "source"), target: w(all, "target") })),
        friends,
        w(all, "b"),
      )
    expect(learned({ a: [count, 8], source: [2, 4], target: [2, 4], b: [8, 2] }, network)).toBeGreaterThanOrEqual(15 / 16)
  })

  it("and the mean of neighbours", () => {
    const network = (all: Exprs) => {
      const hidden = relu(graphSage(features, friends, { own: w(all, "own"), neighbours: w(all, "others") }))
      return graphSage(hidden, friends, { own: w(all, "own2"), neighbours: w(all, "others2") })
    }
    const shapes = { own: [count, 8], others: [count, 8], own2: [8, 2], others2: [8, 2] }
    expect(learned(shapes, network)).toBeGreaterThanOrEqual(14 / 16)
  })

  it("without edges there is nothing to find them by", () => {
    const lonely: Edges = { sources: i32(), targets: i32() }
    const network = (all: Exprs) => graphConvolution(relu(graphConvolution(features, lonely, w(all, "a"))), lonely, w(all, "b"))
    expect(learned({ a: [count, 8], b: [8, 2] }, network)).toBeLessThan(15 / 16)
  })
})
