import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { concat, cosineDecay, crossEntropy, entropy, gradients, input, makeProgram, matmul, mul, ndarray, reduceSum, square, sub, type Device, type Tensors } from "#src"
import { learnCoefficients, mergedWeights, type Learning } from "../../../nodes/merger/learned/learn-coefficients.ts"
import { pruned, sparsityAt } from "../../../nodes/merger/prune.ts"
import { mergeLinear } from "../../../nodes/merger/data-free-kinds.ts"
import { mergeAdamerging, mergeAtlas, learnedSoup } from "../../../nodes/merger/learned-kinds.ts"
import { unitInputs } from "../../../nodes/port/examples.ts"
import { networkForward, type Network } from "../../../nodes/port/network.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { fakeContext } from "../fake-context.ts"
import { close, tensor } from "./merging.ts"
import { examplesOf, networkOf, randomExamples, randomNetwork } from "./networks.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const plain = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }
const learn = async (base: Tensors, taskVectors: readonly Tensors[], target: readonly number[], more: Partial<Learning> = {}) =>
  learnCoefficients(device, {
    base, taskVectors, by: "tensor", range: "free", start: 0, optimiser: plain, lr: (step) => (step < 300 ? 0.05 : 0.002), steps: 600,
    given: { target: input("target", [target.length]) }, batch: () => ({ target: ndarray("f32", [target.length], Float32Array.from(target)) }),
    loss: (weights, given) => mul(reduceSum(square(sub(concat(Object.values(weights), 0), given["target"]!))), 0.5), ...more,
  })

describe("learnCoefficients", () => {
  it("finds the published vector of aTLAS: (1, 1)", async () => {
    const { coefficients, losses } = await learn({ w: tensor([0, 0]) }, [{ w: tensor([1, 0]) }, { w: tensor([1, 1]) }], [2, 1])
    expect(coefficients.flat()).toEqual(close([1, 1], 2))
    expect(losses.at(-1)).toBeLessThan(1e-3)
  })
  it("with one coefficient for all tensors cannot do what needs two: 1.5, and a residual", async () => {
    const given = [{ u: tensor([0]), v: tensor([0]) }, [{ u: tensor([1]), v: tensor([1]) }], [1, 2]] as const
    const one = await learn(...given, { by: "model" })
    expect(one.coefficients.flat()).toEqual(close([1.5], 2))
    expect(one.losses.at(-1)).toBeCloseTo(0.25, 3)
    expect((await learn(...given)).coefficients.flat()).toEqual(close([1, 2], 2))
  })
  it("keeps coefficients within [0, 1], or shares that sum to 1", async () => {
    expect((await learn({ w: tensor([0]) }, [{ w: tensor([1]) }], [5], { range: "unit", start: 0.3 })).coefficients.flat()).toEqual(close([1], 6))
    const shares = (await learn({ w: tensor([0]) }, [{ w: tensor([1]) }, { w: tensor([3]) }], [2.5], { range: "shares" })).coefficients.flat()
    expect(shares).toEqual(close([0.25, 0.75], 2))
  })
  it("AdaMerging's gradient is that of the published vectors", async () => {
    const [coefficients, base, vector, x] = [input("c", [1, 1]), input("base", [1, 2]), input("vector", [1, 2]), input("x", [1, 1])]
    const { w } = mergedWeights({ w: [1, 2] }, { w: base }, { w: vector }, coefficients)
    const loss = entropy(matmul(x, w!))
    const program = makeProgram({ inputs: [coefficients, base, vector, x], outputs: { slope: gradients(loss, [coefficients])[0]! } })
    const at = (vector: readonly number[]) => runOnce(device, program, { c: ndarray("f32", [1, 1], Float32Array.of(0.3)), base: ndarray("f32", [1, 2], new Float32Array(2)), vector: ndarray("f32", [1, 2], Float32Array.from(vector)), x: ndarray("f32", [1, 1], Float32Array.of(1)) })
    expect((await at([2, 0]))["slope"]!.data[0]).toBeCloseTo(-0.274541, 5)
    expect((await at([2, -2]))["slope"]!.data[0]).toBeCloseTo(-0.853893, 5)
  })
})

describe("kinds that learn coefficients", () => {
  const base = randomNetwork([4, 6, 3], "base")
  const models = ["a", "b"].map((seed) => randomNetwork([4, 6, 3], seed))
  const data = randomExamples(40, 4, 3, "data")
  const small = { by: "tensor" as const, steps: 40, lr: 0.02, batch: 64 }
  const table = (out: unknown) => (out as { coefficients: { rows: readonly (readonly (string | number)[])[] } }).coefficients.rows
  it("lower what they are to lower, and say the coefficients", async () => {
    for (const out of [
      await mergeAdamerging.run({ base, models, examples: [data, data] }, { ...small, start: 0.3 }, fakeContext(device).context),
      await mergeAtlas.run({ base, models, examples: [data] }, { ...small, weightDecay: 0.1 }, fakeContext(device).context),
      await mergeAtlas.run({ base, models, examples: [data] }, { ...small, lr: mergeAtlas.params.lr.default as number, weightDecay: 0.1 }, fakeContext(device).context),
      await learnedSoup.run({ models, validation: [data] }, small, fakeContext(device).context),
    ]) {
      const { curve } = out as { curve: { series: readonly { points: readonly (readonly [number, number])[] }[] } }
      const losses = curve.series[0]!.points.map(([, y]) => y)
      const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b) / xs.length
      expect(mean(losses.slice(-5))).toBeLessThan(mean(losses.slice(0, 5)))
      expect(table(out).length).toBe(4)
    }
  })
  it("AdaMerging's coefficients stay within 0 and 1, where aTLAS's do not", async () => {
    const fast = { ...small, lr: 0.5 }
    const coefficients = (out: unknown) => table(out).flatMap(([, ...row]) => row as number[])
    const ada = coefficients(await mergeAdamerging.run({ base, models, examples: [data] }, { ...fast, start: 0.3 }, fakeContext(device).context))
    expect([Math.min(...ada), Math.max(...ada)]).toEqual([0, 1])
    const atlas = coefficients(await mergeAtlas.run({ base, models, examples: [data] }, { ...fast, weightDecay: 0 }, fakeContext(device).context))
    expect(Math.min(...atlas) < 0 || Math.max(...atlas) > 1).toBe(true)
  })
  it("aTLAS's gradient, of the sum over sets, is clipped to length 1", async () => {
    const one = examplesOf([[255, 128, 64, 0]], [2], 3)
    const large = models.map(({ meta, tensors }) => ({ meta, tensors: Object.fromEntries(Object.entries(tensors).map(([name, { shape, data }]) => [name, ndarray("f32", shape, (data as Float32Array).map((x) => 3 * x))])) }))
    const given = { by: "tensor" as const, steps: 6, lr: 0.3 }
    const kind = await mergeAtlas.run({ base, models: large, examples: [one, one] }, { ...given, batch: 2, weightDecay: 0 }, fakeContext(device).context)
    const learned = (clip: number | undefined, sets: number) =>
      learnCoefficients(device, {
        ...given, base: base.tensors, range: "free", start: 0, optimiser: plain, ...(clip === undefined ? {} : { clip }), lr: cosineDecay(given.lr, 0, given.steps),
        taskVectors: large.map(({ tensors }) => Object.fromEntries(Object.entries(tensors).map(([name, { shape, data }]) => [name, ndarray("f32", shape, (data as Float32Array).map((x, k) => x - (base.tensors[name]!.data[k] as number)))]))),
        given: { input: input("input", [1, 4], "u8"), label: input("label", [1], "i32") }, batch: () => one.tensors,
        loss: (weights, x) => mul(crossEntropy(networkForward(base.meta.widths, weights, unitInputs(x["input"]!)).logits, x["label"]!), sets),
      })
    const found = table(kind).map(([, ...row]) => row as number[])
    const expected = async (clip: number | undefined, sets: number) => {
      const { coefficients } = await learned(clip, sets)
      return found.map((_, b) => coefficients.map((row) => row[b] as number))
    }
    expect(found.flat()).toEqual(close((await expected(1, 2)).flat(), 3))
    for (const other of [await expected(undefined, 2), await expected(1, 1)]) expect(found.flat()).not.toEqual(close(other.flat(), 3))
  })
  it("[M8] choose by no test examples: those are kept for measuring", async () => {
    const test = { ...data, meta: { ...data.meta, part: "test" as const } }
    const refused = /expected examples of training or validation to learn coefficients from, got test examples/
    await expect(learnedSoup.run({ models, validation: [test] }, small, fakeContext(device).context)).rejects.toThrow(refused)
    await expect(mergeAtlas.run({ base, models, examples: [data, test] }, { ...small, weightDecay: 0.1 }, fakeContext(device).context)).rejects.toThrow(refused)
    // AdaMerging sees no labels.
    expect(await mergeAdamerging.run({ base, models, examples: [test] }, { ...small, steps: 1, start: 0.3 }, fakeContext(device).context)).toHaveProperty("network")
  })
})

describe("sparse model soups", () => {
  it("prune to the published shares", () => {
    expect(1 - (1 - sparsityAt(0.98, 1, 3))).toBeCloseTo(0.728558, 6)
    expect(sparsityAt(0.9, 1, 3)).toBeCloseTo(0.535841, 6)
    expect(sparsityAt(0.9, 3, 3)).toBeCloseTo(0.9, 12)
  })
  it("take the smallest weights of the whole network, exactly as many, and no biases", () => {
    const net = networkOf({ weight: [[5, -1], [2, 0.5]], bias: [0.001, 0.001] }, { weight: [[1], [-3]] })
    const now = pruned(net, 0.5)
    expect([...now.tensors["layers/0/weight"]!.data]).toEqual([5, 0, 2, 0])
    expect([...now.tensors["layers/1/weight"]!.data]).toEqual([0, -3])
    expect(now.tensors["layers/0/bias"]).toEqual(net.tensors["layers/0/bias"])
    expect(pruned(net, 0)).toEqual(net)
    // Of equal ones the first.
    expect([...pruned(networkOf({ weight: [[1, -1], [-1, 1]] }), 0.5).tensors["layers/0/weight"]!.data]).toEqual([0, 0, -1, 1])
  })
  it("averages of one mask keep it; of two masks they are dense", async () => {
    const [a, b] = [networkOf({ weight: [[1, 0]] }), networkOf({ weight: [[3, 0]] })]
    const merge = (models: readonly Network[]) => (mergeLinear.run({ models }, { normalize: true, weight: [] }, fakeContext(device).context) as { network: Network }).network.tensors["layers/0/weight"]!.data
    expect([...merge([a, b])]).toEqual([2, 0])
    expect([...merge([a, networkOf({ weight: [[0, 3]] })])]).toEqual([0.5, 1.5])
  })
})
