/** Steps that become one node: which nodes a program has, that windows are never written out, and that the values stay. */
import { describe, expect, it } from "vitest"
import type { Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { lowerProgram } from "../../../src/device/onnx/encode.ts"
import { attend, causalMask, hideUnless, joinHeads, perHead } from "../../../src/nn/attention.ts"
import { layerNorm, rmsNorm } from "../../../src/nn/norm.ts"
import { rope, ropeTables } from "../../../src/nn/rope.ts"
import { gelu } from "../../../src/tensor/activation.ts"
import { conv2d } from "../../../src/tensor/convolution.ts"
import { add, eq, exp, lt, mul, neg, square, sub, where } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { gather, putAlong } from "../../../src/tensor/indexing.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { avgPool2d, maxPool2d, unfold } from "../../../src/tensor/pooling.ts"
import { mean, reduceMax, reduceSum } from "../../../src/tensor/reduce.ts"
import { pad, reshape, transpose } from "../../../src/tensor/reshape.ts"
import { input, iota } from "../../../src/tensor/source.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { expectClose } from "../../support/close.ts"
import { interpret } from "../../support/interpreter.ts"
import { floats } from "./conformance/values.ts"

const x = input("x", [2, 3, 7, 9])
const w = input("w", [4, 3, 3, 3])
const v = input("v", [4, 1, 1])
const [scale, bias] = [input("scale", [9]), input("bias", [9])]

const nodesOf = (y: Expr) => lowerProgram(makeProgram({ outputs: { y } })).graph.node.map(({ opType }) => opType).filter((op) => op !== "Reshape")

/** Fails unless onnxruntime and the interpreter agree. */
const agrees = async (y: Expr): Promise<void> => {
  const program = makeProgram({ outputs: { y } })
  const inputs: Tensors = Object.fromEntries(Object.entries(program.inputs).map(([name, index]) => [name, floats(random(name), program.steps[index]!.shape, -2, 2)]))
  const device = await anyDevice()
  const { y: got } = await runOnce(device, program, inputs)
  await device.close()
  expectClose(got, interpret(program, inputs)["y"], 1e-5)
}

const conv = conv2d(x, w, { padding: 1 })
const rows = input("rows", [2, 40, 33])
const normed = layerNorm(x, scale, bias, 1e-3)
const heads = input("heads", [2, 3, 5, 16])
const turned = rope(heads, ropeTables(5, 16, 0.25))
const other = input("other", x.shape)
const shares = input("shares", [2, 3, 7, 1])
const spread = putAlong(iota([2, 3, 7, 1], 2), input("few", [2, 3, 7, 1]), -1, 9)
const [q, k, rest] = ["q", "k", "rest"].map((name) => perHead(input(name, [2, 5, 48]), 3)) as [Expr, Expr, Expr]
const turn = (head: Expr, by: number) => rope(head, ropeTables(5, 16, by))
const attended = (bias?: Expr) => joinHeads(attend(turn(q, 0.25), turn(k, 1), rest, bias))
const slope = (y: Expr, at: Expr) => gradients(reduceSum(mul(y, input("dy", y.shape))), [at])[0]!
const table: Readonly<Record<string, readonly [Expr, readonly string[]]>> = {
  "a maximum under windows is a MaxPool": [maxPool2d(x, 2), ["MaxPool"]],
  "its padding goes into it": [maxPool2d(x, 3, { stride: 2, padding: 1 }), ["MaxPool"]],
  "its dilation too": [maxPool2d(x, [2, 3], { stride: 1, dilation: 2 }), ["MaxPool"]],
  "also of images without channels": [maxPool2d(input("plain", [8, 8]), 2), ["MaxPool"]],
  "a mean under windows is an AveragePool": [avgPool2d(x, 2), ["AveragePool", "Mul", "Mul"]],
  "with or without its padding": [avgPool2d(x, 3, { stride: 2, padding: 1, countIncludePad: false }), ["AveragePool", "Mul", "Mul"]],
  "padding by another value stays": [reduceMax(unfold(x, 3, { padding: 1 }), [-2, -1]), ["Pad", "MaxPool"]],
  "as does padding of channels": [reduceMax(unfold(pad(x, [0, 1, 0, 0], [0, 0, 0, 0], -Infinity), 3), [-2, -1]), ["Pad", "MaxPool"]],
  "a number a channel is the bias of a convolution": [add(conv, v), ["Conv"]],
  "on either side, and taken away": [add(square(sub(conv, v)), 0), ["Neg", "Conv", "Mul"]],
  "but not if the convolution is wanted without": [mul(add(conv, v), conv), ["Conv", "Add", "Mul"]],
  "sums of products over images and places are products of rows": [reduceSum(mul(x, square(x)), [0, 2, 3]), ["Mul", "FusedMatMul", "ReduceSum"]],
  "over places alone they need no sum behind": [reduceSum(square(x), [2, 3]), ["FusedMatMul"]],
  "over everything they are one": [reduceSum(square(x)), ["FusedMatMul"]],
  "rotary positions are a RotaryEmbedding": [turned, ["RotaryEmbedding"]],
  "and so is their gradient": [slope(turned, heads), ["RotaryEmbedding"]],
  "but not tables that turn nothing": [rope(heads, { cos: ropeTables(5, 16).cos, sin: ropeTables(5, 16).cos }), ["Mul", "Slice", "Slice", "Concat", "Mul", "Add"]],
  "sums down columns are a product": [reduceSum(rows, [0, 1]), ["MatMul"]],
  "unless there are few": [reduceSum(rows, 0), ["ReduceSum"]],
  "over the last axis alone they stay": [reduceSum(square(x), 3), ["Mul", "ReduceSum"]],
  "a mean over an axis is one": [mean(x, 1), ["ReduceMean"]],
  "so is layer normalisation, but for taking the mean away": [layerNorm(x, scale, bias), ["ReduceMean", "Sub", "LayerNormalization"]],
  "also of rows that are scaled, whose mean is traced before": [layerNorm(mul(x, 3), scale, bias), ["Mul", "ReduceSum", "Mul", "Sub", "LayerNormalization"]],
  "where the mean is far from 0": [layerNorm(add(x, 30), scale, bias), ["Add", "ReduceMean", "Sub", "LayerNormalization"]],
  "not where what is normalised is no difference from its mean": [rmsNorm(x, scale), ["Mul", "ReduceMean", "Add", "Sqrt", "Reciprocal", "Mul", "Mul"]],
  "nor where its scale is no vector": [layerNorm(x, input("all", [2, 3, 7, 9]), bias), ["ReduceMean", "Sub", "Mul", "ReduceMean", "Add", "Sqrt", "Reciprocal", "Mul", "Mul", "Add"]],
  "a gradient reads the deviation that the node gives too": [mul(normed, slope(normed, scale)), ["ReduceMean", "Sub", "LayerNormalization", "Mul", "Mul", "ReduceSum", "Mul"]],
  "unless its scale is computed": [mul(layerNorm(x, square(scale), bias), slope(layerNorm(x, square(scale), bias), scale)), expect.not.arrayContaining(["LayerNormalization"]) as string[]],
  "GELU is one": [gelu(x), ["Gelu"]],
  "but not its approximation": [gelu(x, "tanh"), ["Mul", "Mul", "Add", "Mul", "Tanh", "Mul", "Add", "Mul"]],
  "a sum of products has one factor where both have it": [add(mul(x, square(x)), mul(square(sub(x, 1)), x)), ["Mul", "Sub", "Mul", "Add", "Mul"]],
  "also inside of a product": [add(mul(mul(x, other), exp(x)), mul(x, neg(other))), ["Exp", "Neg", "Mul", "Add", "Mul"]],
  "but not where one of them is wanted by itself": [mul(add(mul(x, other), mul(x, exp(x))), mul(x, other)), ["Mul", "Exp", "Mul", "Add", "Mul"]],
  "nor by a factor that is smaller than the sum": [add(mul(x, scale), mul(other, scale)), ["Mul", "Mul", "Add"]],
  "numbers at some places less a scaled array are added to the array": [sub(spread, mul(exp(x), shares)), ["Expand", "Exp", "Neg", "Mul", "ScatterElements"]],
  "but are spread out where they are wanted by themselves": [mul(sub(spread, mul(exp(x), shares)), spread), expect.arrayContaining(["Sub"]) as string[]],
  "causal attention is one, heads side by side, behind rotary positions": [attended(causalMask(5)), ["RotaryEmbedding", "RotaryEmbedding", "Attention"]],
  "and without, also over other places, where nothing is hidden": [joinHeads(attend(q, perHead(input("memory", [2, 7, 48]), 3), perHead(input("read", [2, 7, 48]), 3))), ["Attention"]],
  "but not under another mask": [attended(hideUnless(lt(input("visible", [5, 5]), 1.5))), expect.not.arrayContaining(["Attention"]) as string[]],
  "nor where its shares are wanted": [add(attended(causalMask(5)), reduceSum(slope(attended(causalMask(5)), rest))), expect.not.arrayContaining(["Attention"]) as string[]],
  "nor where heads of keys are shared": [joinHeads(attend(q, perHead(input("key", [2, 5, 16]), 1), perHead(input("value", [2, 5, 16]), 1), causalMask(5))), expect.not.arrayContaining(["Attention"]) as string[]],
  "a transposition of axes of extent 1 moves nothing": [square(transpose(input("row", [1, 1, 4, 3]), [0, 2, 1, 3])), ["Mul"]],
}

const at = reshape(input("at", [1], "i32"), [1, 1, 1])
const replaced = (places: number) => where(eq(iota([1, places, 1], 1), at), input("row", [2, 1, 3]), input("rows", [2, places, 3]))
const read = (places: number) => reshape(gather(input("table", [places, 3]), at), [1, 1, 3])

describe("a choice by one index (D5)", () => {
  const nodes = (y: Expr) => nodesOf(y).filter((op) => op !== "Expand")
  it("writes one place, where the index must be in range", () => {
    expect(nodes(add(replaced(5), read(5)))).toEqual(["ScatterElements", "Gather", "Add"])
    expect(nodes(add(replaced(5), read(4)))).toEqual(["ScatterElements", "Gather", "Add"])
  })
  it("stays a choice where the index may be out of range, which leaves all as it was", async () => {
    expect(nodes(replaced(5))).toEqual(["Equal", "Where"])
    expect(nodes(add(replaced(5), read(6)))).toEqual(["Equal", "Where", "Gather", "Add"])
  })
})

describe("one node for several steps (D5)", () => {
  it.each(Object.entries(table))("%s", async (_, [y, nodes]) => {
    expect(nodesOf(y)).toEqual(nodes)
    await agrees(y)
  })
})
