/** Images in blocks of channels: which steps take them so, that the values stay, and that threads change no byte. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import type { Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { lowerProgram } from "../../../src/device/onnx/encode.ts"
import { openOnnx } from "../../../src/device/onnx/open-onnx.ts"
import { batchNorm, batchNormTrain } from "../../../src/nn/batch-norm.ts"
import { conv2d } from "../../../src/tensor/convolution.ts"
import { gelu, relu } from "../../../src/tensor/activation.ts"
import { add, exp, le, mul, sub, tanh, where } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { mean, reduceMax, reduceSum } from "../../../src/tensor/reduce.ts"
import { pad, reshape, slice } from "../../../src/tensor/reshape.ts"
import { input } from "../../../src/tensor/source.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { expectClose } from "../../support/close.ts"
import { interpret } from "../../support/interpreter.ts"
import { floats } from "./conformance/values.ts"

const x = input("x", [2, 16, 4, 5])
const few = input("few", [2, 3, 4, 5])
const w = input("w", [32, 16, 3, 3])
const narrow = input("narrow", [32, 3, 3, 3])
const v = input("v", [32])
const u = input("u", [32])
const perChannel = (c: Expr) => reshape(c, [32, 1, 1])
const y = conv2d(x, w, { padding: 1 })
const other = input("other", [2, 32, 4, 5])

/** More images than are summed together in gradients of filters. */
const many = input("many", [16, 16, 3, 4])
const manyFew = input("manyFew", [16, 3, 3, 4])
const beside = input("beside", [16, 16, 3, 4])
const square = input("square", [16, 16, 3, 3])
const wide = input("wide", [16, 32, 5, 3])
const tall = input("tall", [16, 32, 3, 3])
const [scale, bias] = [input("scale", [16]), input("bias", [16])]
const normed = batchNormTrain(conv2d(many, square, { padding: 1 }), { scale, bias }, { mean: input("m", [16]), variance: input("s", [16]) })
const residual = relu(add(beside, normed.y))
const slope = (of: Expr, by: Expr) => gradients(mean(mul(of, of)), [by])[0]!

/** Nodes of a program whose images are in blocks of so many channels, but for those that reorder the elements of small operands. */
const nodesOf = (y: Expr, block = 16) => {
  const { node } = lowerProgram(makeProgram({ outputs: { y } }), { block }).graph
  const reshaped = new Set(node.flatMap(({ opType, output }) => (opType === "Reshape" ? output : [])))
  const isOfFilter = (op: string, [from]: readonly string[]) => op === "ReorderInput" && reshaped.has(from!)
  return node.filter(({ opType, input }) => opType !== "Reshape" && opType !== "Transpose" && !isOfFilter(opType, input)).map(({ opType }) => opType)
}

const valuesOf = (program: Program): Tensors =>
  Object.fromEntries(Object.entries(program.inputs).map(([name, index]) => [name, floats(random(name), program.steps[index]!.shape, name === "s" ? 0.5 : -1, 1)]))

const agrees = async (y: Expr): Promise<void> => {
  const program = makeProgram({ outputs: { y } })
  const inputs = valuesOf(program)
  const device = await anyDevice()
  const { y: got } = await runOnce(device, program, inputs)
  await device.close()
  expectClose(got, interpret(program, inputs)["y"], 1e-4)
}

const table: Readonly<Record<string, readonly [Expr, readonly string[]]>> = {
  "a convolution takes its image in blocks": [y, ["ReorderInput", "Conv", "ReorderOutput"]],
  "few channels are read as they are": [conv2d(few, narrow, { padding: 1 }), ["Conv", "ReorderOutput"]],
  "what follows by element stays in blocks": [exp(y), ["ReorderInput", "Conv", "Exp", "ReorderOutput"]],
  "a GELU is one node there too": [gelu(y), ["ReorderInput", "Conv", "Gelu", "ReorderOutput"]],
  "also beside one number an image and channel": [mul(y, input("g", [2, 32, 1, 1])), ["ReorderInput", "Conv", "Mul", "ReorderOutput"]],
  "a number a channel, a residual and a ReLU go into the convolution": [relu(add(add(y, perChannel(v)), other)), ["ReorderInput", "ReorderInput", "Conv", "ReorderOutput"]],
  "as does a factor a channel": [batchNorm(y, { scale: v, bias: u }, { mean: v, variance: input("s", [32]) }), ["Add", "Sqrt", "Reciprocal", "Mul", "Mul", "Sub", "ReorderInput", "Mul", "Conv", "ReorderOutput"]],
  "what is taken away too": [sub(perChannel(v), y), ["ReorderInput", "Mul", "Conv", "ReorderOutput"]],
  "images times numbers a channel are a pass each": [
    add(mul(exp(y), perChannel(v)), mul(y, perChannel(u))),
    ["ReorderInput", "Conv", "Exp", "Conv", "Conv", "ReorderOutput"],
  ],
  "sums over places leave blocks": [reduceSum(exp(y), [2, 3]), ["ReorderInput", "Conv", "Exp", "GlobalAveragePool", "Mul"]],
  "those of products write none": [reduceSum(mul(y, exp(y)), [0, 2, 3]), ["ReorderInput", "Conv", "Exp", "Conv", "ReduceSum"]],
  "other sums see plain images": [reduceMax(y, [1]), ["ReorderInput", "Conv", "ReorderOutput", "ReduceMax"]],
  "a cut or padding between blocks keeps them": [
    pad(slice(y, { axis: 1, start: 16 }, { axis: 2, step: 2 }), [0, 16, 0, 1], [0, 0, 2, 0], 3),
    ["ReorderInput", "Conv", "Gather", "Pad", "ReorderOutput"],
  ],
  "zeros between rows and columns are one padding": [
    gradients(reduceSum(mul(conv2d(slice(input("even", [2, 32, 4, 6]), { axis: 2, step: 2 }, { axis: 3, step: 2 }), input("f", [32, 32, 3, 3]), { padding: 1 }), input("part", [2, 32, 2, 3]))), [input("even", [2, 32, 4, 6])])[0]!,
    ["ReorderInput", "Gather", "Conv", "Pad", "ReorderOutput"],
  ],
  "one inside a block does not": [slice(y, { axis: 1, start: 8 }), ["ReorderInput", "Conv", "ReorderOutput", "Slice"]],
  "what passes a ReLU on the way back is multiplied by a mask": [
    gradients(reduceSum(mul(relu(add(y, perChannel(v))), other)), [v])[0]!,
    ["ReorderInput", "Conv", "ReorderInput", "HardSigmoid", "Mul", "GlobalAveragePool", "Mul", "ReduceSum"],
  ],
  "what is added to an adjoint goes into it": [
    add(gradients(reduceSum(mul(y, other)), [x])[0]!, mul(conv2d(x, input("one", [16, 16, 1, 1])), reshape(input("c", [16]), [16, 1, 1]))),
    [],
  ],
  "masks stay in blocks and can leave them": [where(reshape(le(y, 0), y.shape), exp(y), other), []],
}

describe("images in blocks of channels (D5, D14)", () => {
  it.each(Object.entries(table))("%s", async (_, [y, nodes]) => {
    if (nodes.length > 0) expect(nodesOf(y)).toEqual(nodes)
    await agrees(y)
  })

  it.each(Object.entries({
    "filter from as many images as a block and one": slope(conv2d(input("prime", [17, 16, 3, 4]), square, { padding: 1 }), square),
    "filter from an image of several blocks": slope(conv2d(input("single", [1, 32, 3, 4]), tall, { padding: 1 }), tall),
    image: slope(conv2d(many, square, { padding: 1 }), many),
    filter: slope(conv2d(many, square, { padding: 1 }), square),
    "filter of few channels": slope(conv2d(manyFew, input("g", [16, 3, 3, 3]), { padding: 1 }), input("g", [16, 3, 3, 3])),
    "filter under strides": slope(conv2d(wide, tall, { padding: 1, stride: 2 }), tall),
    "image under strides": slope(conv2d(wide, tall, { padding: 1, stride: 2 }), wide),
    "image under strides, a filter of even extent and a row to spare": slope(conv2d(input("odd", [2, 16, 6, 8]), input("g", [16, 16, 2, 4]), { padding: [[0, 0], [1, 1]], stride: [3, 2] }), input("odd", [2, 16, 6, 8])),
    "image that strides pass over": slope(conv2d(input("odd", [2, 16, 6, 8]), input("one", [16, 16, 1, 1]), { stride: 2 }), input("odd", [2, 16, 6, 8])),
    "filter under dilation": slope(conv2d(many, square, { padding: 2, dilation: [2, 1] }), square),
    "filter without padding": slope(conv2d(many, square), square),
    "scale of a batch norm": slope(residual, scale),
    "image of a batch norm": slope(residual, many),
    "filter below a batch norm": slope(residual, square),
  }))("gives the gradient of the %s", async (_, y) => agrees(y))

  it.each([[4, "blocked"], [8, "blocked"], [16, "plain"], [0, "plain"]])("%i channels a block, which a processor's vectors decide, leave 24 channels %s", (block, form) => {
    const [image, filter] = [input("image", [8, 24, 4, 5]), input("filter", [24, 24, 3, 3])]
    const image3 = conv2d(image, filter, { padding: 1 })
    const inside = form === "blocked"
    expect(nodesOf(exp(image3), block)).toEqual(inside ? ["ReorderInput", "Conv", "Exp", "ReorderOutput"] : ["Conv", "Exp"])
    for (const at of [image, filter]) expect(nodesOf(slope(image3, at), block).includes("ReorderInput")).toBe(inside)
  })
  it.each([4, 8, 16])("%i channels a block: a filter is put in tiles of that many by that many, and as many images or half of them are summed together", (block) => {
    const taken = lowerProgram(makeProgram({ outputs: { y: slope(conv2d(many, square, { padding: 1 }), square) } }), { block }).graph.node
    const groups = taken.flatMap(({ opType, attribute }) => (opType === "Conv" ? attribute.filter(({ name }) => name === "group").map(({ i }) => i) : []))
    // Forward, zeros around rows, and the gradient of the filter: 16 images in parts of half a block.
    expect(groups.sort((a, b) => a! - b!)).toEqual([1, block, 32 / block].sort((a, b) => a - b))
  })
  describe("the gradient of a batch norm", () => {
    const z = conv2d(many, square, { padding: 1 })
    const moments = { mean: input("m", [16]), variance: input("s", [16]) }
    const dy = tanh(conv2d(beside, input("back", [16, 16, 3, 3]), { padding: 1 }))
    const gradientsOf = (y: Expr) => gradients(reduceSum(mul(y, dy)), [many, square]) as [Expr, Expr]
    const both = ([dx, dw]: readonly [Expr, Expr]) => add(reduceSum(mul(dx, beside)), reduceSum(mul(dw, input("dw", square.shape))))
    /** Passes over images that multiply them by numbers a channel. */
    const passes = (y: Expr): number => {
      const { node, initializer } = lowerProgram(makeProgram({ outputs: { y } }), { block: 16 }).graph
      const literals = new Set(initializer.map(({ name }) => name))
      return node.filter(({ opType, input: [, filter], attribute }) => opType === "Conv" && !literals.has(filter!) && attribute.some(({ name, ints }) => name === "kernel_shape" && ints!.every((n) => n === 1))).length
    }

    it("is one pass over its images, its factor going into the filters of both adjoints", () => {
      expect(passes(both(gradientsOf(batchNormTrain(z, { scale, bias }, moments).y)))).toBe(1)
      expect(passes(both(gradientsOf(batchNorm(z, { scale, bias }, moments))))).toBe(0)
    })
    it("is two where something else reads it too, or what is added does not vanish with the factor", () => {
      const { y } = batchNormTrain(z, { scale, bias }, moments)
      expect(passes(add(both(gradientsOf(y)), reduceMax(exp(gradients(reduceSum(mul(y, dy)), [z])[0]!))))).toBe(2)
      expect(passes(both(gradientsOf(add(mul(z, reshape(scale, [16, 1, 1])), mul(mul(z, z), reshape(bias, [16, 1, 1]))))))).toBe(2)
    })
    it("is right where a scale is zero", async () => {
      const program = makeProgram({ outputs: Object.fromEntries(gradientsOf(batchNormTrain(z, { scale, bias }, moments).y).map((y, i) => [`${i}`, y])) })
      const values = valuesOf(program)
      values["scale"]!.data.fill(0, 3, 6)
      const device = await anyDevice()
      const got = await runOnce(device, program, values)
      await device.close()
      const wanted = interpret(program, values)
      for (const name of ["0", "1"]) expectClose(got[name], wanted[name], 1e-4)
      expect(Array.from(got["1"]!.data.slice(3 * 144, 6 * 144)).every((value) => value === 0)).toBe(true)
    })
  })
  it("does not let a ReLU hide what is not a number", async () => {
    const program = makeProgram({ outputs: { y: relu(add(y, perChannel(v))) } })
    const device = await anyDevice()
    const inputs = valuesOf(program)
    const { y: got } = await runOnce(device, program, { ...inputs, x: { ...inputs["x"]!, data: Float32Array.from(inputs["x"]!.data, () => NaN) } })
    await device.close()
    expect(got!.data.every((value) => Number.isNaN(value))).toBe(true)
  })
})

describe("bytes of images in blocks (D4)", () => {
  it("are the same on one thread and on several", async () => {
    const strided = conv2d(wide, tall, { padding: 1, stride: 2 })
    const slopes = [...gradients(mean(mul(residual, residual)), [many, square, scale, bias]), ...gradients(mean(mul(strided, strided)), [wide, tall])]
    const program = makeProgram({ outputs: { residual, ...Object.fromEntries(slopes.map((slope, i) => [`slope${i}`, slope])) } })
    const inputs = valuesOf(program)
    const results = []
    for (const threads of [1, 2, 3]) {
      const device = await openOnnx({ threads })
      if (E.isLeft(device)) throw new Error(device.left.reason)
      results.push(await runOnce(device.right, program, inputs))
      await device.right.close()
    }
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })
})
