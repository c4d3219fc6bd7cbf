/**
 * Runs generated cases of an op on a device against the interpreter: many cases as one program, and, when one of them is
 * wrong, one by one until fast-check has found the smallest.
 */
import fc from "fast-check"
import { messageOf } from "../../../../src/base/message.ts"
import type { Tensors } from "../../../../src/base/ndarray.ts"
import type { OpAttrs, OpName } from "../../../../src/tensor/op.ts"
import type { Program } from "../../../../src/tensor/program.ts"
import { interpret } from "../../../support/interpreter.ts"
import { assemble, label } from "../conformance/assemble.ts"
import type { Case } from "../conformance/case.ts"
import { difference, type Tolerance } from "../conformance/tolerance.ts"
import { generated } from "./table.ts"

export type Run = (program: Program, inputs: Tensors) => Promise<Tensors>
type AnyCase = Case<OpAttrs[OpName]>

export interface Draw {
  readonly seed: number
  readonly cases: number
}

/** The seed of a test run: fixed, unless `CAMBIUM_SEED` says another. `CAMBIUM_CASES` multiplies the number of cases. */
export const draw = (cases: number): Draw => ({
  seed: Number(process.env["CAMBIUM_SEED"] ?? 1),
  cases: Math.ceil(cases * Number(process.env["CAMBIUM_CASES"] ?? 1)),
})

/** Cases in one program: more make no device faster. */
const chunk = 60
/** Of the wrong cases of one op, how many are shown. */
const shown = 5

/** What is wrong with these cases of `op`, a line each: op, operands, attributes, first wrong element. */
const wrongCases = async (op: OpName, cases: readonly AnyCase[], run: Run, tolerance: Tolerance): Promise<readonly string[]> => {
  const { program, inputs, labels } = assemble({ [op]: () => cases })
  const [got, want] = [await run(program, inputs), interpret(program, inputs)]
  return Object.keys(labels).flatMap((output) => {
    const wrong = difference(got[output], want[output]!, tolerance)
    return wrong === undefined ? [] : [`${labels[output]}: ${wrong}`]
  })
}

/** The same, with a failure to compile or run as a line. */
const complaints = (op: OpName, cases: readonly AnyCase[], run: Run, tolerance: Tolerance): Promise<readonly string[]> =>
  wrongCases(op, cases, run, tolerance).catch((error: unknown) => {
    const [one] = cases
    const what = cases.length === 1 && one !== undefined ? label(op, one) : `${op}, one of ${cases.length} cases`
    return [`${what}: ${messageOf(error).slice(0, 300)}`]
  })

/** The smallest wrong case that shrinking finds; nothing if no case is wrong when run alone. */
const smallest = async (op: OpName, { seed, cases }: Draw, run: Run, tolerance: Tolerance): Promise<readonly string[]> => {
  const alone = fc.asyncProperty(generated[op] as fc.Arbitrary<AnyCase>, async (one) => {
    const [wrong] = await complaints(op, [one], run, tolerance)
    if (wrong !== undefined) throw new Error(wrong)
  })
  const { failed, errorInstance } = await fc.check(alone, { seed, numRuns: cases, interruptAfterTimeLimit: 20_000 })
  return failed && errorInstance !== null ? [`smallest: ${messageOf(errorInstance)}`] : []
}

export interface GeneratedCheck extends Draw {
  readonly tolerance: Tolerance
  /** Whether a wrong case is shrunk: for devices that compile in milliseconds. */
  readonly shrink: boolean
}

/** What is wrong with `cases` generated cases of `op`, in words; nothing if the device is right. */
export const checkGenerated = async (op: OpName, run: Run, { tolerance, shrink, ...drawn }: GeneratedCheck): Promise<readonly string[]> => {
  const all = fc.sample<AnyCase>(generated[op] as fc.Arbitrary<AnyCase>, { seed: drawn.seed, numRuns: drawn.cases })
  const wrong: string[] = []
  for (let start = 0; start < all.length && wrong.length < shown; start += chunk) {
    wrong.push(...(await complaints(op, all.slice(start, start + chunk), run, tolerance)))
  }
  if (wrong.length === 0) return []
  return [...(shrink ? await smallest(op, drawn, run, tolerance) : []), ...wrong.slice(0, shown)]
}
