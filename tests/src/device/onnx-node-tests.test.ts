/**
 * ONNX's own node tests (Debian's package of onnx: models with published inputs and outputs), for the operators that are
 * functions of ours: the interpreter and every device against the published outputs. Skipped where they cannot be fetched.
 */
import * as E from "fp-ts/lib/Either.js"
import { afterAll, describe, expect, test } from "vitest"
import type { Tensors } from "../../../src/base/ndarray.ts"
import { wholeDeviceNames } from "../../../src/device/device.ts"
import { openDevice } from "../../../src/device/open.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { runOnce } from "../../support/any-device.ts"
import { interpret } from "../../support/interpreter.ts"
import { difference } from "./conformance/tolerance.ts"
import { loadNodeTests, type NodeTest, nodeTestFolder } from "./onnx-node-tests/load.ts"

/** ONNX's own runner allows 1e-3, which we need only for models that hold pi to four decimals. */
const toleranceOf = (name: string) => ({ absolute: 1e-5, relative: /window.*_expanded/.test(name) ? 1e-3 : 1e-4 })

const programOf = (tests: readonly NodeTest[]): { readonly program: Program; readonly inputs: Tensors } => {
  const outputs = Object.fromEntries(tests.flatMap(({ name, outputs }) => outputs.map((output, i) => [`${name}/${i}`, output])))
  const program = makeProgram({ outputs })
  const all: Tensors = Object.assign({}, ...tests.map(({ inputs }) => inputs))
  return { program, inputs: Object.fromEntries(Object.keys(program.inputs).map((name) => [name, all[name]!])) }
}

const wrongOf = (tests: readonly NodeTest[], got: Tensors): readonly string[] =>
  tests.flatMap(({ name, published }) =>
    published.flatMap((want, i) => {
      const wrong = difference(got[`${name}/${i}`], want, toleranceOf(name))
      return wrong === undefined ? [] : [`${name}, output ${i}: ${wrong}`]
    }),
  )

const folder = await nodeTestFolder()
if (E.isLeft(folder)) test("ONNX's node tests", (context) => context.skip(folder.left))
else {
  const { shared, others } = loadNodeTests(folder.right)
  const total = shared.length + [...others.values()].reduce((n, names) => n + names.length, 0)
  const operators = [...new Set(shared.map(({ operator }) => operator))].sort()
  const of = (operator: string) => shared.filter((each) => each.operator === operator)

  test(`${shared.length} of ${total} node tests are programs of ours, of ${operators.length} operators`, () => {
    if (process.env["CAMBIUM_LIST"] !== undefined) console.log([...others].map(([reason, names]) => `${names.length} ${reason}: ${names.join(" ")}`).sort().join("\n"))
    expect(shared.length).toBeGreaterThanOrEqual(710)
  })

  describe("the interpreter", () => {
    test.each(operators)("computes %s as published", (operator) => {
      const { program, inputs } = programOf(of(operator))
      expect(wrongOf(of(operator), interpret(program, inputs))).toEqual([])
    })
  })

  for (const name of wholeDeviceNames) {
    const opened = await openDevice(name, { threads: 1 })
    if (E.isLeft(opened)) {
      test(`${name}: ONNX's node tests`, (context) => context.skip(opened.left.reason))
      continue
    }
    describe(name, () => {
      afterAll(() => opened.right.close())
      test.each(operators)("computes %s as published (D5)", async (operator) => {
        const { program, inputs } = programOf(of(operator))
        expect(wrongOf(of(operator), await runOnce(opened.right, program, inputs))).toEqual([])
      })
    })
  }
}
