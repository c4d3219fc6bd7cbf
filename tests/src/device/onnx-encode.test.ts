/** The encoder: what is in the bytes of a model. */
import { describe, expect, it } from "vitest"
import { scalar, zeros } from "../../../src/base/ndarray.ts"
import { encodeProgram, lowerProgram } from "../../../src/device/onnx/encode.ts"
import { dataType, decodeModel, type OnnxModel } from "../../../src/device/onnx/proto.ts"
import { softmax } from "../../../src/tensor/activation.ts"
import { add, lt, mul, stopGradient, where } from "../../../src/tensor/elementwise.ts"
import type { Exprs } from "../../../src/tensor/expr.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { broadcastTo, transpose } from "../../../src/tensor/reshape.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { trace } from "../../../src/tensor/trace.ts"

const lower = (outputs: Exprs): OnnxModel["graph"] => lowerProgram(makeProgram({ outputs })).graph
const opTypes = (outputs: Exprs): readonly string[] => lower(outputs).node.map(({ opType }) => opType)
const x = input("x", [2, 3])
const y = input("y", [2, 3])

describe("bytes", () => {
  const doubled = () => trace({ x: { shape: [2, 3] }, i: { shape: [4], dtype: "i32" } }, ({ x, i }) => ({ y: softmax(mul(x, 2)), i }))
  const program = doubled()

  it("decode to the model that was encoded", () => {
    const model = decodeModel(encodeProgram(program))
    const opsetImport = [{ domain: "", version: 21 }, { domain: "com.microsoft", version: 1 }]
    expect(model).toMatchObject({ irVersion: 10, producerName: "cambium", opsetImport })
    const { graph } = model
    expect(graph.input).toMatchObject([
      { name: "in/i", type: { tensorType: { elemType: dataType.i32, shape: { dim: [{ dimValue: 4 }] } } } },
      { name: "in/x", type: { tensorType: { elemType: dataType.f32, shape: { dim: [{ dimValue: 2 }, { dimValue: 3 }] } } } },
    ])
    expect(graph.output.map(({ name }) => name)).toEqual(["out/i", "out/y"])
    expect(graph.node.map(({ opType, input, output }) => ({ opType, input, output }))).toEqual([
      { opType: "Mul", input: ["in/x", "c0"], output: ["v0"] },
      { opType: "Softmax", input: ["v0"], output: ["out/y"] },
      { opType: "Identity", input: ["in/i"], output: ["out/i"] },
    ])
    expect(graph.node[1]?.attribute).toMatchObject([{ name: "axis", type: 2, i: 1 }])
    expect(graph.initializer.map(({ name, dataType, dims }) => ({ name, dataType, dims }))).toEqual([{ name: "c0", dataType: 1, dims: [] }])
    expect([...(graph.initializer[0]?.rawData ?? [])]).toEqual([0, 0, 0, 0x40])
  })

  it("are the same for equal programs", () => {
    expect(encodeProgram(program)).toEqual(encodeProgram(doubled()))
  })

  it("carry the numbers of the published format: a model of one field is known byte by byte", () => {
    const graph = { name: "g", node: [], initializer: [], input: [], output: [] }
    const model = { irVersion: 10, producerName: "", producerVersion: "", docString: "", metadataProps: [], opsetImport: [], graph }
    expect(decodeModel(Uint8Array.of(0x08, 0x0a, 0x3a, 0x03, 0x12, 0x01, 0x67))).toEqual(model)
  })
})

describe("lowering", () => {
  it("stores equal literals once", () => {
    const [three, none] = [constant(scalar("f32", 3)), constant(zeros("f32", [2, 3]))]
    const { initializer } = lower({ a: add(mul(x, 3), 3), b: add(y, three), c: add(x, none) })
    expect(initializer.map(({ dims }) => dims)).toEqual([[], [2, 3]])
  })

  it("reads transposed operands in place: matrices by Gemm, stacks by FusedMatMul", () => {
    const stack = input("s", [4, 2, 3])
    expect(opTypes({ a: matmul(x, y, { transposeB: true }) })).toEqual(["Gemm"])
    expect(opTypes({ a: matmul(stack, stack, { transposeB: true }) })).toEqual(["FusedMatMul"])
    expect(opTypes({ a: matmul(stack, stack, { transposeA: true }) })).toEqual(["FusedMatMul"])
    expect(opTypes({ a: matmul(stack, input("narrow", [4, 2, 1]), { transposeA: true }) })).toEqual(["FusedMatMul", "Transpose"])
    expect(opTypes({ a: matmul(x, input("w", [3, 5])) })).toEqual(["MatMul"])
  })

  it("reads a wide product of a long sum by columns, which no number of threads changes (D4)", () => {
    expect(opTypes({ a: matmul(input("p", [2, 129]), input("q", [129, 5])) })).toEqual(["Reshape", "Transpose", "Reshape", "Gemm"])
    expect(opTypes({ a: matmul(input("p", [4, 2, 129]), input("q", [4, 129, 5])) })).toEqual(["Reshape", "Transpose", "Reshape", "FusedMatMul"])
    expect(opTypes({ a: matmul(input("p", [2, 128]), input("q", [128, 5])) })).toEqual(["MatMul"])
    expect(opTypes({ a: matmul(input("p", [1, 129]), input("q", [129, 5])) })).toEqual(["MatMul"])
    expect(opTypes({ a: matmul(input("p", [2, 129]), input("q", [129, 1])) })).toEqual(["Reshape", "Gemm"])
  })

  it("leaves out a broadcast that the op behind it does anyway, and keeps one that gives the shape", () => {
    const row = input("r", [3])
    expect(opTypes({ a: mul(x, broadcastTo(row, [2, 3])) })).toEqual(["Mul"])
    expect(opTypes({ a: where(lt(x, y), broadcastTo(row, [2, 3]), x) })).toEqual(["Less", "Where"])
    expect(opTypes({ a: mul(broadcastTo(row, [2, 3]), broadcastTo(input("q", [1, 3]), [2, 3])) })).toEqual(["Expand", "Mul"])
    expect(opTypes({ a: reduceSum(broadcastTo(row, [2, 3]), 0) })).toEqual(["Expand", "ReduceSum"])
  })

  it("emits nothing for a stopped gradient", () => {
    expect(opTypes({ a: transpose(stopGradient(x)) })).toEqual(["Transpose"])
  })
})
