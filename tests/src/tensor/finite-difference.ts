/**
 * Gradients by central finite differences of the float64 interpreter: what gradient rules are checked against.
 */
import { must } from "../../../src/base/assert.ts"
import { makeElements, sizeOf, type Shape } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { expectClose } from "../../support/close.ts"
import { interpretWide, type Wide, type Wides } from "../../support/interpreter.ts"

/** Uniform in [low, high), seeded by a label. */
export const uniform = (label: string, shape: Shape, low = -2, high = 2): Wide => {
  const stream = random(label)
  return { dtype: "f32", shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => low + (high - low) * stream.uniform(i)) }
}

export const integers = (shape: Shape, values: readonly number[]): Wide => ({ dtype: "i32", shape, data: Float64Array.from(values) })

/** The tensor as an f32 or i32 literal of the host. */
export const hosted = ({ dtype, shape, data }: Wide) => {
  const elements = makeElements(dtype, data.length)
  elements.set(data)
  return { dtype, shape, data: elements }
}

/** Derivative of the scalar `loss` by every element of input `name`. */
export const finiteDifference = (loss: Expr, inputs: Wides, name: string, step = 1e-5): Wide => {
  const program = makeProgram({ outputs: { loss } })
  const used = Object.fromEntries(Object.entries(inputs).filter(([input]) => program.inputs[input] !== undefined))
  const x = must(inputs[name], name)
  const at = (i: number, by: number): number => {
    const data = x.data.slice()
    data[i] = must(data[i], "element") + by
    return must(interpretWide(program, { ...used, ...(name in used ? { [name]: { ...x, data } } : {}) })["loss"]?.data[0], "loss")
  }
  return { ...x, data: x.data.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step)) }
}

/** Fails unless the traced gradients of `loss` by the f32 inputs agree with finite differences. */
export const checkGradients = (loss: Expr, variables: Exprs, inputs: Wides, tolerance = 1e-6): void => {
  const names = Object.keys(variables).filter((name) => variables[name]?.dtype === "f32")
  const found = gradients(
    loss,
    names.map((name) => must(variables[name], name)),
  )
  const program = makeProgram({
    inputs: Object.values(variables),
    outputs: Object.fromEntries(names.map((name, i) => [name, must(found[i], name)])),
  })
  verify(program)
  const values = interpretWide(program, inputs)
  for (const name of names) expectClose(values[name], finiteDifference(loss, inputs, name), tolerance)
}
