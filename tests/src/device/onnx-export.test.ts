/** Exported files: standard operators only, and another runtime runs them to the device's numbers. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { decodeHalves, encodeHalves } from "../../../src/base/half.ts"
import { ndarray, type NdArray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { exportModel, exportProgram } from "../../../src/device/onnx/export.ts"
import { decodeModel } from "../../../src/device/onnx/proto.ts"
import { adamwScalars } from "../../../src/nn/adamw.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { gptForward, initGpt } from "../../../src/nn/gpt.ts"
import { initMoments, trainingStep } from "../../../src/nn/training-step.ts"
import { cast, mul } from "../../../src/tensor/elementwise.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { input } from "../../../src/tensor/source.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { runElsewhere } from "../../support/second-runtime.ts"
import { randomArguments, randomInputs, randomValue } from "./conformance/random-program.ts"
import { floats, ints } from "./conformance/values.ts"

const options = (constants: Tensors) => ({ constants, version: "1.2.3", description: "A test.", metadata: { made: "here" } })

/** The largest difference, in units of the largest element. */
const apart = (a: NdArray, b: NdArray): number => {
  const largest = Math.max(...Array.from(a.data, Math.abs), 1e-6)
  return Math.max(...Array.from(a.data, (x, i) => Math.abs(x - b.data[i]!))) / largest
}

/** How far the other runtime is from the device, for each output; `rename` is what the file calls it. */
const compare = async (program: Program, constants: Tensors, inputs: Tensors, rename = (_side: string, name: string) => name): Promise<readonly (readonly [string, number])[]> => {
  const device = await anyDevice()
  const here = await runOnce(device, program, { ...constants, ...inputs })
  await device.close()
  const renamed = Object.fromEntries(Object.entries(inputs).map(([name, array]) => [rename("in", name), array]))
  const there = await runElsewhere(exportProgram(program, options(constants)), renamed)
  return Object.entries(here).map(([name, array]) => [name, apart(array, there[rename("out", name)]!)] as const)
}
const beyond = (all: readonly (readonly [string, number])[], most: number) => all.filter(([, difference]) => !(difference <= most))

const config = { vocabulary: 48, substrateWidth: 32, width: 32, heads: 4, blocks: 2 }
const weights = initGpt(config, random("weights"))
const substrate = floats(random("substrate"), [48, 32], -0.2, 0.2)
const expressions = Object.fromEntries(Object.entries({ ...weights, substrate }).map(([name, { shape }]) => [name, input(name, shape)]))
const ids = input("input_ids", [2, 16], "i32")
const forward = makeProgram({ inputs: [...Object.values(expressions), ids], outputs: { logits: gptForward(config, expressions, expressions["substrate"]!, ids) } })

describe("an exported file", () => {
  it("takes and gives 16-bit floats as f32, weights inside of it too (T6, D11)", async () => {
    const [x, w] = [input("x", [4]), input("w", [4], "bf16")]
    const program = makeProgram({ inputs: [x, w], outputs: { half: cast(mul(x, cast(w, "f32")), "f16") } })
    const w16 = ndarray("bf16", [4], encodeHalves("bf16", Float32Array.of(1, -2, 0.5, 3)))
    const { half } = await runElsewhere(exportProgram(program, options({ w: w16 })), { x: ndarray("f32", [4], Float32Array.of(1 / 3, 1 / 3, 1, 1.0001)) })
    expect(half?.dtype).toBe("f32")
    expect([...must(half, "half").data]).toEqual([...decodeHalves("f16", encodeHalves("f16", Float32Array.of(1 / 3, -2 / 3, 0.5, 3.0003)))])
  })

  it("gives a language model's logits in another runtime, within 1e-4 (D11)", async () => {
    expect(beyond(await compare(forward, { ...weights, substrate }, { input_ids: ints(random("ids"), [2, 16], 0, 48) }), 1e-4)).toEqual([])
  })

  it("may be a whole training step, whose weights have one name on the way in and another on the way out (D6, D11)", async () => {
    const optimiser = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 }
    const program = trainingStep({
      trained: Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
      given: { substrate: expressions["substrate"]!, tokens: input("tokens", [2, 16], "i32"), targets: input("targets", [2, 16], "i32") },
      loss: (x) => crossEntropy(gptForward(config, x, x["substrate"]!, x["tokens"]!), x["targets"]!),
      optimiser,
      clip: 1,
    })
    const moments = Object.fromEntries(Object.entries(initMoments(weights)).map(([name, { shape }]) => [name, floats(random(name), shape, 0.01, 0.02)]))
    const batch = { tokens: ints(random("tokens"), [2, 16], 0, 48), targets: ints(random("targets"), [2, 16], 0, 48) }
    const all = await compare(program, { substrate }, { ...weights, ...moments, ...batch, ...adamwScalars(optimiser, 1e-3, 3) }, (side, name) => `${side}/${name}`)
    expect(all.length).toBe(3 * Object.keys(weights).length + 2)
    expect(beyond(all, 1e-4)).toEqual([])
  })

  it("gives random programs' values in another runtime, within 1e-4 (D11)", async () => {
    const seeds = ["one", "two", "three", "four", "five", "six"]
    const program = makeProgram({ outputs: Object.fromEntries(seeds.map((seed) => [seed, randomValue(random(seed), randomInputs(), 30)])) })
    const all = randomArguments(random("arguments"))
    const inputs = Object.fromEntries(Object.keys(program.inputs).map((name) => [name, all[name]!]))
    expect(beyond(await compare(program, {}, inputs), 1e-4)).toEqual([])
  })

  it("has standard operators only, inputs and outputs under their own names, ids as int64, and says where it comes from (D11)", () => {
    const model = exportModel(forward, options({ ...weights, substrate }))
    const operators = new Set(model.graph.node.map(({ domain, opType }) => domain + opType))
    expect([...operators].filter((operator) => /microsoft|Fused/.test(operator))).toEqual([])
    expect(model.opsetImport).toEqual([{ domain: "", version: 21 }])
    const shown = ({ name, type }: (typeof model.graph.input)[number]) => [name, type.tensorType.elemType, type.tensorType.shape.dim.map(({ dimValue }) => dimValue)]
    expect([model.graph.input.map(shown), model.graph.output.map(shown)]).toEqual([[["input_ids", 7, [2, 16]]], [["logits", 1, [2, 16, 48]]]])
    expect(decodeModel(exportProgram(forward, options({})))).toMatchObject({ producerName: "cambium", producerVersion: "1.2.3", docString: "A test.", metadataProps: [{ key: "made", value: "here" }] })
  })

  it("multiplies transposed stacks by Transpose and MatMul", async () => {
    const [a, b] = [input("a", [3, 7, 5]), input("b", [3, 4, 7])]
    const program = makeProgram({ outputs: { c0: mul(matmul(a, b, { transposeA: true, transposeB: true }), 2) } })
    expect(exportModel(program, options({})).graph.node.map(({ opType }) => opType)).toEqual(["Transpose", "Transpose", "MatMul", "Mul"])
    const inputs = { a: floats(random("a"), [3, 7, 5]), b: floats(random("b"), [3, 4, 7]) }
    // `c0` is also what a literal may be called.
    expect(beyond(await compare(program, {}, inputs, (side, name) => `${side}/${name}`), 1e-5)).toEqual([])
  })

  it("is the same bytes for equal programs and constants", () => {
    const again = Object.fromEntries(Object.entries(weights).map(([name, { shape, data }]) => [name, ndarray("f32", shape, data.slice() as Float32Array)]))
    expect(Buffer.compare(exportProgram(forward, options({ ...weights, substrate })), exportProgram(forward, options({ ...again, substrate })))).toBe(0)
  })
})
