/**
 * SPEC A1, A2: first and second derivatives of every op on generated shapes and attributes, along random directions, against
 * central differences of the float64 interpreter. The elements are drawn anew, from the first of a few ranges in which the
 * op has derivatives; which range that is depends on values alone, never on the gradient rule that is tried.
 */
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type NdArray, sizeOf } from "../../../src/base/ndarray.ts"
import { apply } from "../../../src/tensor/apply.ts"
import { add, mul, sin } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { OpAttrs, OpName } from "../../../src/tensor/op.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { interpretWide, type Wides } from "../../support/interpreter.ts"
import { widen } from "../../support/interpreter/wide.ts"
import { label } from "../device/conformance/assemble.ts"
import type { Case } from "../device/conformance/case.ts"
import { draw } from "../device/generated/check.ts"
import { generated } from "../device/generated/table.ts"
import { hosted, uniform } from "./finite-difference.ts"

type AnyCase = Case<OpAttrs[OpName]>

/** Everywhere, away from 0, within (0, 1), above 1. */
const ranges = [[-2, 2], [0.5, 2], [0.1, 0.9], [1.1, 2]] as const

/** Ops whose gradient is by design not the derivative. */
const apart: ReadonlySet<OpName> = new Set<OpName>(["stop_gradient", "straight_through", "checkpoint"])

const step = 1e-5

/** One case as expressions: its operands as inputs, and what the op makes of them. */
const traced = (op: OpName, { args, attrs }: AnyCase): { readonly variables: readonly Expr[]; readonly y: Expr } => {
  const variables = args.map(({ shape, dtype }, i) => input(`x${i}`, shape, dtype))
  return { variables, y: op === "input" ? variables[0]! : apply(op as "add", variables, attrs as OpAttrs["add"]) }
}

/** Few enough elements for an interpreter, and f32 in and out. */
const isTried = (op: OpName, one: AnyCase): boolean =>
  one.args.reduce((n, { shape }) => n + sizeOf(shape), 0) <= 60 && one.args.some(({ dtype }) => dtype === "f32") && traced(op, one).y.dtype === "f32"

/** The derivative of a function of one number at 0, unless it has a kink, a jump or a pole nearby. */
const slope = (f: (t: number) => number): number | undefined => {
  const [low, middle, high] = [f(-step), f(0), f(step)]
  const [left, right] = [(middle - low) / step, (high - middle) / step]
  const isNear = (other: number) => Math.abs(left - other) <= 1e-2 * (1 + Math.abs(left))
  // Teeth that are smaller than a step look like a slope from afar.
  const near = step / 256
  return isNear(right) && isNear((f(near) - middle) / near) ? (left + right) / 2 : undefined
}

const dot = (gradient: readonly Expr[], direction: readonly NdArray[]): Expr =>
  gradient.map((g, i) => reduceSum(mul(g, constant(direction[i]!)))).reduce(add)

interface Derivatives {
  /** First and second, by the gradient rules. */
  readonly traced: readonly number[]
  /** First and second, by differences. */
  readonly measured: readonly number[]
}

/** Derivatives of a case along two random directions, where it has them. */
const derivatives = (op: OpName, one: AnyCase, [low, high]: readonly [number, number]): Derivatives | undefined => {
  const { variables, y } = traced(op, one)
  const at: Wides = Object.fromEntries(
    one.args.map((array, i) => [`x${i}`, array.dtype === "f32" ? uniform(`x${i}`, array.shape, low, high) : widen(array)]),
  )
  const floats = variables.filter(({ dtype }) => dtype === "f32")
  const direction = (label: string) => variables.map(({ shape }, i) => hosted(uniform(`${label}${i}`, shape, -1, 1)))
  const among = (label: string) => direction(label).filter((_, i) => variables[i]!.dtype === "f32")
  // A sine, so that linear ops have second derivatives too.
  const loss = reduceSum(mul(sin(y), constant(hosted(uniform("weights", y.shape)))))
  const first = dot(gradients(loss, floats), among("d"))
  const second = dot(gradients(first, floats), among("e"))
  const program = makeProgram({ inputs: variables, outputs: { loss, first, second } })
  verify(program)
  const valuesAt = (label: string) => {
    const steps = direction(label)
    return (t: number) =>
      interpretWide(
        program,
        Object.fromEntries(
          Object.entries(at).map(([name, x], i) => [name, x.dtype === "f32" ? { ...x, data: x.data.map((v, j) => v + t * steps[i]!.data[j]!) } : x]),
        ),
      )
  }
  const number = (values: Wides, name: string): number => values[name]!.data[0]!
  const measured = [slope((t) => number(valuesAt("d")(t), "loss")), slope((t) => number(valuesAt("e")(t), "first"))]
  if (!measured.every((value) => value !== undefined)) return undefined
  const here = valuesAt("d")(0)
  return { traced: [number(here, "first"), number(here, "second")], measured }
}

/** In the first range in which the case has any. */
const firstDerivatives = (op: OpName, one: AnyCase): Derivatives | undefined => {
  for (const range of ranges) {
    const found = derivatives(op, one, range)
    if (found !== undefined) return found
  }
  return undefined
}

const agree = ({ traced, measured }: Derivatives): boolean =>
  traced.every((value, i) => Math.abs(value - measured[i]!) <= 1e-5 * (1 + Math.abs(measured[i]!)))

describe("A1, A2: first and second derivatives agree with finite differences on generated shapes", () => {
  const ops = (Object.keys(generated) as OpName[]).filter((op) => !apart.has(op))
  const { seed, cases } = draw(20)
  const drawn = (op: OpName): readonly AnyCase[] =>
    fc
      .sample(generated[op] as fc.Arbitrary<AnyCase>, { seed, numRuns: 6 * cases })
      .filter((one) => isTried(op, one))
      .slice(0, cases)
  test.each(ops.filter((op) => drawn(op).length > 0))("%s", (op) => {
    const all = drawn(op).map((one) => ({ one, found: firstDerivatives(op, one) }))
    expect(all.flatMap(({ one, found }) => (found === undefined || agree(found) ? [] : [`${label(op, one)}: ${JSON.stringify(found)}`]))).toEqual([])
    expect(all.filter(({ found }) => found === undefined).length, "cases without derivatives in any range").toBeLessThanOrEqual(all.length / 10)
  })
})
