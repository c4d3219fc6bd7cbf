/** Conformance of whole programs: random ones of 20 to 60 ops, their gradients and their Hessian-vector products. SPEC D5, A1, A2. */
import { describe, expect, it } from "vitest"
import type { Tensors } from "../../../../src/base/ndarray.ts"
import { random } from "../../../../src/base/random.ts"
import { add, mul, tanh } from "../../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../../src/tensor/expr.ts"
import { gradients } from "../../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../../src/tensor/make-program.ts"
import type { Program } from "../../../../src/tensor/program.ts"
import { mean, reduceSum } from "../../../../src/tensor/reduce.ts"
import { interpret } from "../../../support/interpreter.ts"
import { draw } from "../generated/check.ts"
import { differentiable, randomArguments, randomInputs, randomValue } from "./random-program.ts"
import { composed, difference, type Tolerance } from "./tolerance.ts"

export interface WholePrograms {
  readonly run: (program: Program, inputs: Tensors) => Promise<Tensors>
  readonly loosened: (tolerance: Tolerance) => Tolerance
  /** Whether a wrong program is looked for again among its beginnings: for devices that compile in milliseconds. */
  readonly shrink: boolean
}

/** A random program: how it is drawn, and of how many ops. */
interface Drawn {
  readonly seed: string
  readonly count: number
}
/** Outputs that a random program is tried for, by name. */
type Traced = (value: Expr, inputs: Exprs) => Exprs

const traceOf = ({ seed, count }: Drawn, inputs: Exprs, of: Traced): Exprs => of(randomValue(random(seed), inputs, count), inputs)

const values: Traced = (value) => ({ value })
const byInputs = (loss: Expr, inputs: Exprs): readonly Expr[] => gradients(loss, differentiable.map((name) => inputs[name]!))
const named = (found: readonly Expr[]): Exprs => Object.fromEntries(differentiable.map((name, i) => [name, found[i]!]))
const firstOrder: Traced = (value, inputs) => named(byInputs(mean(tanh(value)), inputs))
/** The gradient along the inputs themselves, derived once more. */
const secondOrder: Traced = (value, inputs) => {
  const along = byInputs(mean(tanh(value)), inputs).map((g, i) => reduceSum(mul(g, tanh(inputs[differentiable[i]!]!))))
  return named(byInputs(along.reduce(add), inputs))
}

/** Programs in one compiled program: more make no device faster. */
const chunk = 12

export const wholePrograms = ({ run, loosened, shrink }: WholePrograms): void => {
  /** What is wrong with these programs, a line each. */
  const wrongOf = async (drawn: readonly Drawn[], of: Traced): Promise<readonly string[]> => {
    const inputs = randomInputs()
    const outputs = Object.fromEntries(
      drawn.flatMap((one) => Object.entries(traceOf(one, inputs, of)).map(([name, x]) => [`${one.seed}, ${one.count} ops, ${name}`, x] as const)),
    )
    const program = makeProgram({ outputs })
    const all = randomArguments(random("arguments"))
    const given = Object.fromEntries(Object.keys(program.inputs).map((name) => [name, all[name]!]))
    const [got, want] = [await run(program, given), interpret(program, given)]
    expect(Object.keys(want).filter((name) => !want[name]!.data.every(Number.isFinite))).toEqual([])
    return Object.keys(outputs).flatMap((name) => {
      const wrong = difference(got[name], want[name]!, loosened(composed))
      return wrong === undefined ? [] : [`${name}: ${wrong}`]
    })
  }
  /** The shortest beginning of the first wrong program that is wrong itself. */
  const smallest = async (drawn: readonly Drawn[], of: Traced): Promise<readonly string[]> => {
    for (const one of drawn) {
      if ((await wrongOf([one], of)).length === 0) continue
      for (let count = 1; count <= one.count; count++) {
        const wrong = await wrongOf([{ ...one, count }], of)
        if (wrong.length > 0) return [`smallest: ${wrong[0]}`]
      }
    }
    return []
  }
  const compare = async (programs: number, fewest: number, most: number, of: Traced): Promise<void> => {
    const { seed, cases } = draw(programs)
    const drawn = Array.from({ length: cases }, (_, i) => ({
      seed: `${seed}/${i}`,
      count: fewest + random(`${seed}/${i}/count`).below(0, most - fewest + 1),
    }))
    for (let start = 0; start < drawn.length; start += chunk) {
      const some = drawn.slice(start, start + chunk)
      const wrong = await wrongOf(some, of)
      expect([...(wrong.length > 0 && shrink ? await smallest(some, of) : []), ...wrong]).toEqual([])
    }
  }

  describe("whole programs", () => {
    it("computes generated programs of 20 to 60 ops as the interpreter does (D5)", () => compare(24, 20, 60, values))
    it("computes the gradients of generated programs as the interpreter does (A1)", () => compare(12, 20, 60, firstOrder))
    it("computes Hessian-vector products of generated programs as the interpreter does (A2)", () => compare(6, 20, 30, secondOrder))
  })
}
