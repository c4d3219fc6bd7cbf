/** Products and convolutions whose shares for a thread become narrow or single: the same bytes on any number of threads (D4). */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { type NdArray, type Shape, zeros } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { encodeProgram, inputName, outputName } from "../../../src/device/onnx/encode.ts"
import { importRuntime, loadRuntime } from "../../../src/device/onnx/runtime.ts"
import { sessionOptions } from "../../../src/device/onnx/session-options.ts"
import { conv2d } from "../../../src/tensor/convolution.ts"
import { mul } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { expectClose } from "../../support/close.ts"
import { interpret } from "../../support/interpreter.ts"
import { floats } from "./conformance/values.ts"

const shape = (program: Program, index: number): Shape => program.steps[index]!.shape

/** By sessions of exactly so many threads: a device would take fewer for programs as small as these. */
const runOn = async (program: Program, inputs: Readonly<Record<string, NdArray>>, threads: number): Promise<Readonly<Record<string, NdArray>>> => {
  const runtime = await loadRuntime(importRuntime)
  if (E.isLeft(runtime)) throw new Error(runtime.left.reason)
  const session = await runtime.right.createSession(encodeProgram(program, { threads }), sessionOptions(threads))
  const outputs = Object.fromEntries(Object.entries(program.outputs).map(([name, index]) => [name, zeros("f32", shape(program, index))]))
  const tensors = (arrays: Readonly<Record<string, NdArray>>, rename: (name: string) => string) =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [rename(name), runtime.right.tensor(array)]))
  await session.run(tensors(inputs, inputName), tensors(outputs, outputName))
  await session.release()
  return outputs
}

const product = (m: number, k: number, n: number): Readonly<Record<string, Expr>> => ({ y: matmul(input("a", [m, k]), input("b", [k, n])), z: matmul(input("a", [m, k]), input("c", [n, k]), { transposeB: true }) })

const convolution = (image: Shape, filter: Shape, options: Parameters<typeof conv2d>[2]): Readonly<Record<string, Expr>> => {
  const [x, w] = [input("x", image), input("w", filter)]
  const y = conv2d(x, w, options)
  const [dx, dw] = gradients(reduceSum(mul(y, input("dy", y.shape))), [x, w])
  return { y, dx: dx!, dw: dw! }
}

describe("bytes whatever a thread's share is (D4)", () => {
  it.each(Object.entries({
    "a product of a row a thread": product(9, 8200, 4),
    "one of fewer rows than threads": product(3, 22000, 2),
    "a narrow one": product(5, 700, 30),
    "a single image of few places": convolution([1, 16, 6, 5], [20, 16, 3, 3], { padding: 1 }),
    "one of more channels than places": convolution([1, 58, 3, 3], [66, 58, 3, 3], { padding: 1 }),
    "one of as many channels as places": convolution([1, 15, 3, 5], [15, 15, 3, 3], { padding: 1 }),
    "one by its channels alone": convolution([1, 144, 9, 8], [12, 144, 1, 1], {}),
    "one of one row, with a step": convolution([1, 50, 1, 200], [10, 50, 1, 3], { padding: [[0, 0], [1, 2]], stride: [1, 2] }),
    "one under dilation": convolution([1, 6, 17, 31], [8, 6, 5, 5], { padding: 2, stride: 2, dilation: [1, 2] }),
  }))("are those of one thread for %s", async (_, outputs) => {
    const program = makeProgram({ outputs })
    const inputs = Object.fromEntries(Object.entries(program.inputs).map(([name, index]) => [name, floats(random(name), shape(program, index), -1, 1)]))
    const alone = await runOn(program, inputs, 1)
    for (const [name, expected] of Object.entries(interpret(program, inputs))) expectClose(alone[name], expected, 1e-3)
    for (const threads of [2, 3, 7, 16, 24]) expect(await runOn(program, inputs, threads)).toEqual(alone)
  })
})
