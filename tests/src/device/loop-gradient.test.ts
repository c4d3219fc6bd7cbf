/** Gradients of loops, and of loops in loops, on every device against the interpreter, with the same bytes on one thread and two. */
import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { bytesOf, ndarray, sizeOf, type NdArray, type Shape, type Tensors } from "../../../src/base/ndarray.ts"
import { wholeDeviceNames } from "../../../src/device/device.ts"
import { openDevice } from "../../../src/device/open.ts"
import { gruCell, lstmCell, recurrent, type CellWeights } from "../../../src/nn/recurrent.ts"
import { add, cast, mul, square, tanh } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { repeat, scan } from "../../../src/tensor/loop.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { mean, reduceSum } from "../../../src/tensor/reduce.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { interpret } from "../../support/interpreter.ts"
import { runOnce } from "../../support/any-device.ts"
import { composed, difference } from "./conformance/tolerance.ts"

const shapes: { readonly [name: string]: Shape } = {
  xs: [6, 9, 5], h: [9, 8], c: [9, 8], wi: [5, 32], ws: [8, 32], wb: [32], gi: [8, 24], gs: [8, 24], gb: [24], m: [8, 8],
}
const x = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)])) as Readonly<Record<string, Expr>>
const inputs: Tensors = Object.fromEntries(
  Object.entries(shapes).map(([name, shape], phase) => [name, ndarray("f32", shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + phase) / 3))]),
)
const weights = (prefix: string): CellWeights => ({ input: x[`${prefix}i`]!, state: x[`${prefix}s`]!, bias: x[`${prefix}b`]! })

/** An LSTM, a GRU over it the other way, and a loop in a loop that counts; their loss, slopes, and a Hessian-vector product. */
const program = (): Program => {
  const below = recurrent(lstmCell, x["xs"]!, { h: x["h"]!, c: x["c"]! }, weights("w"))
  const above = recurrent(gruCell, below.outputs, { h: below.state.h }, weights("g"), { reverse: true })
  const { carry } = scan({ carry: { s: above.state.h, n: constant(1, "i32") }, length: 3 }, ({ s, n }) => ({
    carry: { s: repeat(2, { z: s }, ({ z }) => ({ z: tanh(add(matmul(z, x["m"]!), mul(s, cast(n, "f32")))) })).z, n: add(n, 1) },
  }))
  const loss = add(mean(square(carry.s)), mean(above.outputs))
  const names = Object.keys(shapes)
  const slopes = gradients(loss, names.map((name) => x[name]!))
  const [turn] = gradients(reduceSum(square(slopes[names.indexOf("ws")]!)), [x["ws"]!])
  return makeProgram({ outputs: { loss, turn: turn!, ...Object.fromEntries(names.map((name, i) => [`slope/${name}`, slopes[i]!])) } })
}
const text = (outputs: Tensors): readonly string[] => Object.values(outputs).map((array: NdArray) => Buffer.from(bytesOf(array)).toString("base64"))

it.each(wholeDeviceNames)("loops and their first and second gradients on %s are those of the interpreter (D4, D5, A6)", async (name) => {
  const traced = program()
  const want = interpret(traced, inputs)
  const bytes: (readonly string[])[] = []
  for (const threads of [1, 2]) {
    const opened = await openDevice(name, { threads })
    if (E.isLeft(opened)) return expect(["gpujs:webasm", "gpujs:cpu"]).not.toContain(name)
    const got = await runOnce(opened.right, traced, inputs)
    await opened.right.close()
    const wrong = Object.keys(want).flatMap((output) => difference(got[output], want[output]!, composed) ?? [])
    expect(wrong).toEqual([])
    bytes.push(text(got))
  }
  expect(bytes[1]).toEqual(bytes[0])
})
