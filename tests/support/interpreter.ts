/**
 * A plain interpreter of tensor programs in float64: the third oracle, beside the two lowerings. Written for
 * clarity: every op says, element by element, which elements of its operands make an element of the result. It takes
 * shapes from the steps but values from first principles. Not fast; not for use outside tests.
 */
import { assert, must } from "../../src/base/assert.ts"
import { makeElements, sizeOf, type Dtype, type NdArray, type Shape, type Tensors } from "../../src/base/ndarray.ts"
import type { Program, Step } from "../../src/tensor/program.ts"

/** A tensor whose elements, of whatever dtype, are held as float64. */
export interface Wide {
  readonly dtype: Dtype
  readonly shape: Shape
  readonly data: Float64Array
}
export type Wides = { readonly [name: string]: Wide }

/** Runs `program`; elements are rounded to their dtype only at the very end. */
export const interpret = (program: Program, inputs: Tensors): Tensors => mapValues(interpretWide(program, mapValues(inputs, widen)), narrow)

/** The same without rounding, in or out: for finite differences. */
export const interpretWide = (program: Program, inputs: Wides): Wides => {
  const extra = Object.keys(inputs).filter((name) => program.inputs[name] === undefined)
  assert(extra.length === 0, `not inputs of the program: ${extra.join(", ")}`)
  const values: Wide[] = []
  for (const step of program.steps)
    values.push(
      evaluate(
        step,
        step.args.map((i) => must(values[i], `value ${i}`)),
        inputs,
      ),
    )
  return mapValues(program.outputs, (index) => must(values[index], `value ${index}`))
}

export const widen = ({ dtype, shape, data }: NdArray): Wide => ({ dtype, shape, data: Float64Array.from(data) })

export const narrow = ({ dtype, shape, data }: Wide): NdArray => {
  const elements = makeElements(dtype, data.length)
  elements.set(data)
  return { dtype, shape, data: elements }
}

const mapValues = <A, B>(object: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, f(value)]))

type Index = readonly number[]

const positionOf = (shape: Shape, index: Index): number =>
  shape.reduce((position, extent, axis) => position * extent + must(index[axis], "index"), 0)

const indexOf = (shape: Shape, position: number): number[] => {
  const index: number[] = []
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = must(shape[axis], "extent")
    index.unshift(position % extent)
    position = Math.floor(position / extent)
  }
  return index
}

const at = (x: Wide, index: Index): number => must(x.data[positionOf(x.shape, index)], `element ${index.join()} of [${x.shape.join()}]`)

/** The element of `x` that numpy's broadcasting puts at `index` of a larger shape. */
const stretchedAt = (x: Wide, index: Index): number =>
  at(
    x,
    x.shape.map((extent, axis) => (extent === 1 ? 0 : must(index[axis - x.shape.length + index.length], "index"))),
  )

const replace = (index: Index, axis: number, ...by: Index): Index => [...index.slice(0, axis), ...by, ...index.slice(axis + 1)]

const inRange = (index: number, size: number): number => {
  assert(Number.isInteger(index) && index >= 0 && index < size, `index ${index} out of range 0..${size - 1}`)
  return index
}

/** A result of the step's type, each element computed from its index. */
const build = (step: Step, element: (index: Index) => number): Wide => {
  const data = new Float64Array(sizeOf(step.shape))
  for (let i = 0; i < data.length; i++) data[i] = element(indexOf(step.shape, i))
  return { dtype: step.dtype, shape: step.shape, data }
}

/** Zeros of the step's type, to which `visit` adds. */
const accumulate = (step: Step, from: Wide, target: (index: Index) => Index): Wide => {
  const data = new Float64Array(sizeOf(step.shape))
  from.data.forEach((value, i) => {
    const position = positionOf(step.shape, target(indexOf(from.shape, i)))
    data[position] = must(data[position], "target") + value
  })
  return { dtype: step.dtype, shape: step.shape, data }
}

const elementwise = (step: Step, args: readonly Wide[], f: (...values: number[]) => number): Wide =>
  build(step, (index) => f(...args.map((x) => stretchedAt(x, index))))

/** Every element combined along `axes` by `f`. */
const fold = (
  step: Step,
  x: Wide,
  axes: readonly number[],
  keepDims: boolean,
  initial: number,
  f: (a: number, b: number) => number,
): Wide => {
  const data = new Float64Array(sizeOf(step.shape)).fill(initial)
  x.data.forEach((value, i) => {
    const index = indexOf(x.shape, i)
    const target = keepDims ? index.map((n, axis) => (axes.includes(axis) ? 0 : n)) : index.filter((_, axis) => !axes.includes(axis))
    const position = positionOf(step.shape, target)
    data[position] = f(must(data[position], "target"), value)
  })
  return { dtype: step.dtype, shape: step.shape, data }
}

/** All elements of `x` on the line through `index` along `axis`. */
const line = (x: Wide, axis: number, index: Index): number[] =>
  Array.from({ length: must(x.shape[axis], "extent") }, (_, i) => at(x, replace(index, axis, i)))

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

const logSumExp = (values: readonly number[]): number => {
  const top = Math.max(...values)
  return top + Math.log(sum(values.map((value) => Math.exp(value - top))))
}

/** erf by its Maclaurin series, and by the continued fraction of erfc where that converges fast; about 1e-15. */
export const erf = (x: number): number => {
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a < 2.5) {
    let [term, total] = [x, x]
    for (let n = 1; n < 100; n++) {
      term *= (-x * x) / n
      total += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * total
  }
  let fraction = 0
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction)
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction))
}

const bit = (condition: boolean): number => (condition ? 1 : 0)

const convert = (value: number, to: Dtype): number => (to === "f32" ? value : to === "bool" ? bit(value !== 0) : Math.trunc(value))

const matmul = (step: Step, a: Wide, b: Wide, transposeA: boolean, transposeB: boolean): Wide => {
  const inner = must(a.shape.at(transposeA ? -2 : -1), "inner extent")
  return build(step, (index) => {
    const batch = index.slice(0, -2)
    const [row, column] = index.slice(-2) as [number, number]
    let total = 0
    for (let k = 0; k < inner; k++) {
      const left = stretchedAt(a, [...batch, ...(transposeA ? [k, row] : [row, k])])
      total += left * stretchedAt(b, [...batch, ...(transposeB ? [column, k] : [k, column])])
    }
    return total
  })
}

const evaluate = (step: Step, args: readonly Wide[], inputs: Wides): Wide => {
  const map = (f: (...values: number[]) => number) => elementwise(step, args, f)
  const [x, y] = args as [Wide, Wide]
  switch (step.op) {
    case "input": {
      const value = must(inputs[step.attrs.name], `input ${step.attrs.name}`)
      assert(value.dtype === step.dtype && value.shape.join() === step.shape.join(), `input ${step.attrs.name} has another type`)
      return value
    }
    case "constant":
      return widen(step.attrs.value)
    case "iota":
      return build(step, (index) => must(index[step.attrs.axis], "index"))

    case "neg":
      return map((a) => -a)
    case "abs":
      return map(Math.abs)
    case "sign":
      return map(Math.sign)
    case "exp":
      return map(Math.exp)
    case "log":
      return map(Math.log)
    case "sqrt":
      return map(Math.sqrt)
    case "reciprocal":
      return map((a) => 1 / a)
    case "sin":
      return map(Math.sin)
    case "cos":
      return map(Math.cos)
    case "tanh":
      return map(Math.tanh)
    case "erf":
      return map(erf)
    case "floor":
      return map(Math.floor)

    case "add":
      return map((a, b) => a + b)
    case "sub":
      return map((a, b) => a - b)
    case "mul":
      return map((a, b) => a * b)
    case "div":
      return map((a, b) => a / b)
    case "pow":
      return map((a, b) => a ** b)
    case "max":
      return map((a, b) => Math.max(a, b))
    case "min":
      return map((a, b) => Math.min(a, b))

    case "eq":
      return map((a, b) => bit(a === b))
    case "lt":
      return map((a, b) => bit(a < b))
    case "le":
      return map((a, b) => bit(a <= b))
    case "and":
      return map((a, b) => bit(a !== 0 && b !== 0))
    case "or":
      return map((a, b) => bit(a !== 0 || b !== 0))
    case "not":
      return map((a) => bit(a === 0))
    case "where":
      return map((condition, a, b) => (condition !== 0 ? a : b))
    case "cast":
      return map((a) => convert(a, step.attrs.to))

    case "matmul":
      return matmul(step, x, y, step.attrs.transposeA, step.attrs.transposeB)

    case "reduce_sum":
      return fold(step, x, step.attrs.axes, step.attrs.keepDims, 0, (a, b) => a + b)
    case "reduce_max":
      return fold(step, x, step.attrs.axes, step.attrs.keepDims, -Infinity, Math.max)
    case "argmax": {
      const { axis } = step.attrs
      return build(step, (index) => {
        const values = line(x, axis, [...index.slice(0, axis), 0, ...index.slice(axis)])
        return values.indexOf(Math.max(...values))
      })
    }
    case "cumsum":
      return build(step, (index) => sum(line(x, step.attrs.axis, index).slice(0, must(index[step.attrs.axis], "index") + 1)))
    case "softmax":
      return build(step, (index) => Math.exp(at(x, index) - logSumExp(line(x, step.attrs.axis, index))))
    case "log_softmax":
      return build(step, (index) => at(x, index) - logSumExp(line(x, step.attrs.axis, index)))

    case "reshape":
      return { dtype: x.dtype, shape: step.shape, data: x.data }
    case "transpose": {
      const { permutation } = step.attrs
      return build(step, (index) =>
        at(
          x,
          x.shape.map((_, axis) => must(index[permutation.indexOf(axis)], "index")),
        ),
      )
    }
    case "broadcast":
      return build(step, (index) => stretchedAt(x, index))
    case "slice": {
      const { starts, steps } = step.attrs
      return build(step, (index) =>
        at(
          x,
          index.map((n, axis) => must(starts[axis], "start") + n * must(steps[axis], "step")),
        ),
      )
    }
    case "pad": {
      const { low, value } = step.attrs
      return build(step, (index) => {
        const inner = index.map((n, axis) => n - must(low[axis], "low"))
        return inner.every((n, axis) => n >= 0 && n < must(x.shape[axis], "extent")) ? at(x, inner) : Math.fround(value)
      })
    }
    case "concat": {
      const { axis } = step.attrs
      return build(step, (index) => {
        let offset = must(index[axis], "index")
        for (const part of args) {
          const extent = must(part.shape[axis], "extent")
          if (offset < extent) return at(part, replace(index, axis, offset))
          offset -= extent
        }
        throw new Error("past the end of a concatenation")
      })
    }

    case "gather": {
      const { axis } = step.attrs
      return build(step, (index) => {
        const picked = at(y, index.slice(axis, axis + y.shape.length))
        return at(x, [...index.slice(0, axis), inRange(picked, must(x.shape[axis], "extent")), ...index.slice(axis + y.shape.length)])
      })
    }
    case "scatter_add": {
      const { axis, size } = step.attrs
      return accumulate(step, y, (index) => {
        const picked = at(x, index.slice(axis, axis + x.shape.length))
        return [...index.slice(0, axis), inRange(picked, size), ...index.slice(axis + x.shape.length)]
      })
    }
    case "take_along":
      return build(step, (index) => at(x, replace(index, step.attrs.axis, inRange(at(y, index), must(x.shape[step.attrs.axis], "extent")))))
    case "put_along":
      return accumulate(step, y, (index) => replace(index, step.attrs.axis, inRange(at(x, index), step.attrs.size)))

    case "stop_gradient":
      return x
  }
}
