/** SPEC T1: shapes and dtypes follow from the operands, and misfits are refused with a message that says what would fit. */
import { describe, expect, test } from "vitest"
import { zeros } from "../../../src/base/ndarray.ts"
import { block, blockShapes } from "../../../src/nn/block.ts"
import { softmax } from "../../../src/tensor/activation.ts"
import { apply } from "../../../src/tensor/apply.ts"
import { add, and, cast, exp, lt, neg, pow, straightThrough, where } from "../../../src/tensor/elementwise.ts"
import { gather, oneHot, putAlong, scatterAdd, takeAlong } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { argmax, mean, reduceMax, reduceSum } from "../../../src/tensor/reduce.ts"
import { mod } from "../../../src/tensor/rounding.ts"
import { broadcastTo, concat, pad, reshape, slice, split, stack, transpose } from "../../../src/tensor/reshape.ts"
import { constant, input, iota } from "../../../src/tensor/source.ts"
import { TraceError } from "../../../src/tensor/trace-error.ts"

const f = (...shape: number[]) => input("f", shape)
const i = (...shape: number[]) => input("i", shape, "i32")
const h = (...shape: number[]) => input("h", shape, "f16")
const b = (...shape: number[]) => input("b", shape, "bool")

describe("T1: the type of a result", () => {
  const table = {
    "numbers take the dtype of their partner": [add(i(2), 3), "i32", [2]],
    "elementwise shapes stretch": [add(f(4, 1, 3), f(2, 1)), "f32", [4, 2, 3]],
    "comparison is bool": [lt(f(2), f(3, 1)), "bool", [3, 2]],
    "where stretches three ways": [where(b(3, 1), f(2), f()), "f32", [3, 2]],
    "cast keeps the shape": [cast(b(2, 2), "i32"), "i32", [2, 2]],
    "16-bit floats are moved": [gather(concat([h(2, 3), h(1, 3)], 0), i(5)), "f16", [5, 3]],
    "16-bit floats are chosen from": [where(b(3, 1), h(2), h()), "f16", [3, 2]],
    "batched products stretch batches": [matmul(f(5, 1, 2, 3), f(4, 3, 6)), "f32", [5, 4, 2, 6]],
    "a stack times a matrix keeps the stack": [matmul(f(5, 2, 3), f(4, 3), { transposeB: true }), "f32", [5, 2, 4]],
    "reductions drop axes": [reduceSum(f(2, 3, 4), [0, -1]), "f32", [3]],
    "or keep them": [reduceMax(i(2, 3, 4), -2, true), "i32", [2, 1, 4]],
    "argmax is i32": [argmax(f(2, 3), 0), "i32", [3]],
    "mean of all is a scalar": [mean(f(2, 3)), "f32", []],
    "reshape finds -1": [reshape(f(2, 6), [3, -1, 2]), "f32", [3, 2, 2]],
    "transpose swaps the last two": [transpose(f(2, 3, 4)), "f32", [2, 4, 3]],
    "slices by step": [slice(f(7, 2), { axis: 0, start: 1, step: 3 }, { axis: -1, end: -1 }), "f32", [2, 1]],
    "a slice may be empty": [slice(f(3), { axis: 0, start: 3 }), "f32", [0]],
    "padding adds": [pad(f(2), [1], [3]), "f32", [6]],
    "stacking makes an axis": [stack([f(2), f(2), f(2)], -1), "f32", [2, 3]],
    "gather puts the indices in place of the axis": [gather(f(5, 6, 7), i(2, 3), 1), "f32", [5, 2, 3, 7]],
    "scatter-add is its adjoint": [scatterAdd(i(2, 3), f(5, 2, 3, 7), 1, 6), "f32", [5, 6, 7]],
    "take-along has the shape of its indices": [takeAlong(f(2, 9), i(2, 4)), "f32", [2, 4]],
    "put-along has the extent asked for": [putAlong(i(2, 4), f(2, 4), 1, 9), "f32", [2, 9]],
    "one-hot adds an axis": [oneHot(i(2), 5), "f32", [2, 5]],
    "constants are their arrays": [constant(zeros("u8", [3])), "u8", [3]],
  } as const
  for (const [name, [x, dtype, shape]] of Object.entries(table)) test(name, () => expect([x.dtype, x.shape]).toEqual([dtype, shape]))
})

const problem = (attempt: () => unknown): string => {
  try {
    attempt()
  } catch (error) {
    if (!(error instanceof TraceError)) return `not a TraceError: ${String(error)}`
    expect(error.place).toMatch(/^tests\/src\/tensor\/infer\.test\.ts:\d+$/)
    return error.message.replace(` (${error.place})`, "")
  }
  return "no error"
}

describe("T1, T8: a misfit names the op, the operands and what would fit", () => {
  const table = {
    "add(f32[2], f32[3]): expected shapes that broadcast: aligned at the right, extents equal or 1": () => add(f(2), f(3)),
    'add(f32[2], i32[2]): expected operands of one dtype; cast(b, "f32") would fit': () => add(f(2), i(2)),
    'exp(i32[2]): expected an operand of f32; cast(x, "f32") would fit': () => exp(i(2)),
    'neg(bool[2]): expected an operand of f32 or i32; cast(x, "f32") would fit': () => neg(b(2)),
    "pow(i32[2], i32[]): expected operands of f32": () => pow(i(2), 2),
    "and(f32[2], f32[2]): expected operands of bool": () => and(f(2), f(2)),
    "lt(bool[1], bool[1]): expected operands of f32 or i32": () => lt(b(1), b(1)),
    'where(f32[2], f32[], f32[]): expected a condition of bool; cast(a, "bool") would fit': () => where(f(2), 1, 2),
    'where(bool[2], f32[2], i32[2]): expected choices of one dtype; cast(c, "f32") would fit': () => where(b(2), f(2), i(2)),
    "straight_through(f32[2], f32[1]): expected a value and what its gradient goes to, of one type": () => straightThrough(f(2), f(1)),
    "add(f16[2], f16[2]): expected operands of f32 or i32 (f16 is for storage: cast it first)": () => add(h(2), h(2)),
    "add(f16[2], f16[]): expected operands of f32 or i32 (f16 is for storage: cast it first)": () => add(h(2), 0),
    'reduce_sum(f16[2]): expected an operand of f32 or i32 (f16 is for storage: cast it first); cast(x, "f32") would fit': () => reduceSum(h(2)),
    'mod(f32[2], i32[2]): expected operands of one dtype; cast(b, "f32") would fit': () => mod(f(2), i(2)),
    "matmul(f32[2, 3], f32[4, 5]): expected inner extents to be equal, not 3 and 4 (transposeA false, transposeB false)": () =>
      matmul(f(2, 3), f(4, 5)),
    "matmul(f32[3], f32[3, 1]): expected operands of rank 2 or more": () => matmul(f(3), f(3, 1)),
    'matmul(i32[2, 2], f32[2, 2]): expected operands of f32; cast(a, "f32") would fit': () => matmul(i(2, 2), f(2, 2)),
    "matmul(f32[2, 1, 1], f32[3, 1, 1]): expected shapes that broadcast: aligned at the right, extents equal or 1": () =>
      matmul(f(2, 1, 1), f(3, 1, 1)),
    "reduce_sum(f32[2]): expected an axis within rank 1, not 1": () => reduceSum(f(2), 1),
    "reduce_sum(f32[2, 2]): expected sorted axes without repeats, not [1, 0]": () =>
      apply("reduce_sum", [f(2, 2)], { axes: [1, 0], keepDims: false }),
    "reduce_max(f32[0, 2]): expected at least one element along every reduced axis": () => reduceMax(f(0, 2), 0),
    "argmax(f32[2]): expected an axis within rank 1, not -2; axis 0 would fit": () => argmax(f(2), -3),
    "softmax(f32[]): expected an axis within rank 0, not -1": () => softmax(f()),
    "reshape(f32[2, 3]): expected a shape of 6 elements, not [4, 1.5]": () => reshape(f(2, 3), [4, -1]),
    "transpose(f32[2, 3]): expected a permutation of 2 axes, not [0, 0]": () => transpose(f(2, 3), [0, 0]),
    "broadcast(f32[2]): expected a shape that stretches to [2, 3]": () => broadcastTo(f(2), [2, 3]),
    "slice(f32[4]): expected 0 <= start <= end <= 4 and step >= 1 on axis 0, not 3:2:1": () => slice(f(4), { axis: 0, start: 3, end: 2 }),
    "slice(f32[4]): expected an axis within rank 1, not 1": () => slice(f(4), { axis: 1 }),
    "pad(f32[4]): expected padding that is not negative": () => pad(f(4), [-1], [0]),
    "pad(f32[4]): expected padding for each of 1 axes": () => pad(f(4), [], []),
    "concat(f32[2, 3], f32[3, 3]): expected one dtype and equal shapes except along axis 1; axis 0 would fit": () => concat([f(2, 3), f(3, 3)], 1),
    "concat(): expected at least one operand": () => concat([]),
    "split(f32[5]): expected parts that add up to 5 along axis -1, not 2.5 + 2.5": () => split(f(5), 2),
    'gather(f32[5], f32[2]): expected indices of i32; cast(b, "i32") would fit': () => gather(f(5), f(2)),
    "scatter_add(i32[2], f32[3, 4]): expected updates with extents [2] from axis 0": () => scatterAdd(i(2), f(3, 4), 0, 9),
    "take_along(f32[2, 5], i32[3, 1]): expected indices of the operand's shape except along axis 1": () => takeAlong(f(2, 5), i(3, 1)),
    "put_along(i32[2, 1], f32[2, 2]): expected indices and updates of one shape": () => putAlong(i(2, 1), f(2, 2), 1, 5),
    "iota(): expected an axis within rank 1, not 1": () => iota([2], 1),
    "input x(f32[1.5]): expected extents that are whole and not negative": () => input("x", [1.5]),
    "input(f32[]): expected a name": () => input("", []),
    "exp(): expected one operand": () => apply("exp", [], {}),
  }
  for (const [message, attempt] of Object.entries(table)) test(message, () => expect(problem(attempt)).toBe(message))

  const suggestions: Readonly<Record<string, readonly [attempt: () => unknown, text: string | undefined]>> = {
    "a transposed factor": [() => matmul(f(2, 3), f(4, 3)), "transposeB: true"],
    "a transposition too many": [() => matmul(f(2, 3), f(3, 5), { transposeA: true }), "transposeA: false"],
    "a vector that goes along the first axis": [() => add(f(2, 3), f(2)), "reshape(b, [2, 1])"],
    "a vector of each example": [() => add(f(4, 1, 3), f(4)), "reshape(b, [4, 1, 1])"],
    "a matrix the other way round": [() => add(f(2, 3), f(3, 2)), "transpose(a)"],
    "an axis past the end": [() => softmax(f(2, 3), 2), "axis 1"],
    "one extent that does not come out": [() => reshape(f(2, 6), [5, 4]), "the shape [3, 4]"],
    "indices that are floats": [() => takeAlong(f(2, 5), f(2, 1)), 'cast(b, "i32")'],
    "nothing that is simple": [() => add(f(2), f(3)), undefined],
  }
  for (const [name, [attempt, text]] of Object.entries(suggestions)) {
    test(`suggests what would fit: ${name}`, () => {
      const found = problem(attempt)
      expect(/; (.*) would fit$/.exec(found)?.[1], found).toBe(text)
    })
  }

  test("names the line of the author's code, also from functions of the library that call others", () => {
    const attempt = () => block(f(1, 3, 6), Object.fromEntries(Object.entries(blockShapes(4, 0)).map(([weight, shape]) => [weight, f(...shape)])), 0, 2)
    const here = Number(/infer\.test\.ts:(\d+)/.exec(new Error("here").stack ?? "")?.[1])
    expect(attempt).toThrow(`(tests/src/tensor/infer.test.ts:${here - 1})`)
  })

  test("the error keeps op, operands and expectation apart", () => {
    const error = new TraceError("add", [f(2), i(3)], "a fit")
    expect({ ...error }).toMatchObject({
      op: "add",
      operands: [
        { dtype: "f32", shape: [2] },
        { dtype: "i32", shape: [3] },
      ],
      expected: "a fit",
    })
  })
})
