/** Conformance cases of loops: each is traced, and its results become cases on arrays. */
import { must } from "../../../../src/base/assert.ts"
import { type NdArray, type Tensors } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import { softmax } from "../../../../src/tensor/activation.ts"
import { isOp } from "../../../../src/tensor/apply.ts"
import { add, and, cast, cos, eq, lt, mul, not, sin, sub, tanh, where } from "../../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../../src/tensor/expr.ts"
import { gather } from "../../../../src/tensor/indexing.ts"
import { matmul } from "../../../../src/tensor/linear-algebra.ts"
import { loopResult, repeat, scan } from "../../../../src/tensor/loop.ts"
import { makeProgram } from "../../../../src/tensor/make-program.ts"
import type { OpAttrs, OpName } from "../../../../src/tensor/op.ts"
import { mean, reduceSum } from "../../../../src/tensor/reduce.ts"
import { constant, input, iota } from "../../../../src/tensor/source.ts"
import { interpret } from "../../../support/interpreter.ts"
import type { Case, CaseTable } from "./case.ts"
import { bools, floats, ints } from "./values.ts"

type ScanCase = Case<OpAttrs["scan"]>
type Results = { readonly carry: Exprs; readonly out: Exprs }

/** The loops behind these results, their operands evaluated; of each also the states it passes through. */
export const casesOf = (arrays: Tensors, trace: (x: Exprs) => Results): readonly ScanCase[] => {
  const { carry, out } = trace(Object.fromEntries(Object.entries(arrays).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)])))
  const results = [...Object.values(carry), ...Object.values(out)].filter((x) => isOp(x, "scan"))
  const passing = results.flatMap((x) => (isOp(x, "scan") && x.attrs.result === "final" ? [loopResult(x.attrs, x.args, "entering", x.attrs.index)] : []))
  return [...results, ...passing].map((x) => ({
    attrs: (x as Expr<"scan">).attrs,
    args: x.args.map((arg) => evaluated(arg, arrays)),
  }))
}

const evaluated = (x: Expr, arrays: Tensors): NdArray => {
  const program = makeProgram({ outputs: { x } })
  return must(interpret(program, Object.fromEntries(Object.keys(program.inputs).map((name) => [name, must(arrays[name], name)])))["x"], "operand")
}

const of = (x: Exprs, name: string): Expr => must(x[name], name)

const network = (random: Random, steps: number, reverse: boolean) =>
  casesOf(
    { h: floats(random.fork("h"), [3, 4]), xs: floats(random.fork("x"), [steps, 3, 4]), w: floats(random.fork("w"), [4, 4], -1, 1), b: floats(random.fork("b"), [4]) },
    (x) =>
      scan({ carry: { h: of(x, "h") }, over: { x: of(x, "xs") }, reverse }, (s, { x: slice }) => {
        const h = tanh(add(add(matmul(s.h, of(x, "w")), slice), of(x, "b")))
        return { carry: { h }, out: { y: softmax(h), norm: reduceSum(mul(h, s.h)) } }
      }),
  )

/** Integers and truth values as state, and more state than a kernel binds. */
const machine = (random: Random) =>
  casesOf({ bits: bools(random, [5]), table: ints(random, [6], -9, 9), n: ints(random.fork("n"), [], 0, 6) }, (x) =>
    scan({ carry: { at: of(x, "n"), bits: of(x, "bits"), sum: constant(0, "i32") }, length: 9 }, ({ at, bits, sum }) => {
      const value = gather(of(x, "table"), at)
      const next = where(lt(at, 5), add(at, 1), 0)
      return { carry: { at: next, bits: not(and(bits, eq(iota([5]), at))), sum: add(sum, value) }, out: { value, bits } }
    }),
  )

const nested = (random: Random) =>
  casesOf({ a: floats(random, [2]), b: floats(random.fork("b"), [3, 2]), c: floats(random.fork("c"), [4]) }, (x) =>
    scan({ carry: { a: of(x, "a") }, over: { b: of(x, "b") }, reverse: true }, (outer, { b }) => {
      const rows = scan({ carry: { s: b }, over: { c: of(x, "c") } }, ({ s }, { c }) => ({ carry: { s: sin(add(mul(s, c), outer.a)) }, out: { s } }))
      return { carry: { a: repeat(2, { a: rows.carry.s }, ({ a }) => ({ a: cos(a) })).a }, out: { y: mean(rows.out.s, 0) } }
    }),
  )

/** State that changes places, state that is left alone, and outputs that are other things than results of ops. */
const places = (random: Random) =>
  casesOf({ a: floats(random, [3]), b: floats(random.fork("b"), [3]), c: floats(random.fork("c"), [3]), xs: floats(random.fork("x"), [4, 3]) }, (x) =>
    scan({ carry: { a: of(x, "a"), b: of(x, "b"), c: of(x, "c"), n: constant(7) }, over: { x: of(x, "xs") } }, (s, { x: slice }) => ({
      carry: { a: s.b, b: s.a, c: slice, n: constant(2) },
      out: { slice, carry: s.c, again: s.c, outside: of(x, "a"), literal: constant(3), number: cast(slice, "i32") },
    })),
  )

const empty = (random: Random) =>
  casesOf({ a: floats(random, [0, 2]), xs: floats(random, [3, 0]), ys: floats(random, [3, 2]) }, (x) =>
    scan({ carry: { a: of(x, "a"), s: constant(0) }, over: { x: of(x, "xs"), y: of(x, "ys") } }, ({ a, s }, slice) => ({
      carry: { a: sub(a, slice.y), s: add(s, reduceSum(slice.x)) },
      out: { x: mul(slice.x, 2), y: mul(slice.y, 2) },
    })),
  )

export const loopCases = {
  scan: (random) => [
    ...network(random.fork("1"), 1, false),
    ...network(random.fork("5"), 5, false),
    ...network(random.fork("61"), 61, true),
    ...machine(random.fork("machine")),
    ...nested(random.fork("nested")),
    ...places(random.fork("places")),
    ...empty(random.fork("empty")),
  ],
} satisfies Partial<CaseTable<OpName>>
