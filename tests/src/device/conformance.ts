/**
 * What every device must do: each op agrees with the float64 interpreter, programs and their gradients agree, and bind,
 * run and resident keep the promises of `device.ts`. Call it in a test file of the device.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { NdArray, Tensors } from "../../../src/base/ndarray.ts"
import type { Device } from "../../../src/device/device.ts"
import type { OpName } from "../../../src/tensor/op.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { interpret } from "../../support/interpreter.ts"
import { assemble, opOf } from "./conformance/assemble.ts"
import { residency } from "./conformance/residency.ts"
import { cases, sections } from "./conformance/table.ts"
import { difference, type Tolerance, tolerances } from "./conformance/tolerance.ts"
import { wholePrograms } from "./conformance/whole-programs.ts"
import { checkGenerated, draw } from "./generated/check.ts"
import { generated } from "./generated/table.ts"

export interface ConformanceOptions {
  /** Multiplies every tolerance; 1 unless the device's arithmetic is coarser than f32. */
  readonly slack?: number
  /** Generated cases an op; 100 unless the device compiles slowly. */
  readonly cases?: number
}

/** Above this many cases an op a device is fast enough to try smaller cases one by one. */
const fast = 50

export const conformance = (name: string, open: () => Promise<Device>, { slack = 1, cases: count = 100 }: ConformanceOptions = {}): void => {
  describe(name, () => {
    let device: Device
    beforeAll(async () => {
      device = await open()
    })
    afterAll(() => device.close())

    const run = async (program: Program, inputs: Tensors): Promise<Tensors> => {
      const compiled = await device.compile(program)
      const bound = await compiled.bind({})
      const outputs = await bound.run(inputs)
      await bound.close()
      await compiled.close()
      return outputs
    }
    const loosened = ({ absolute, relative }: Tolerance): Tolerance => ({ absolute: absolute * slack, relative: relative * slack })

    describe.each(sections)("%s", (_, ops) => {
      const { program, inputs, labels } = assemble(Object.fromEntries(ops.map((op) => [op, cases[op]])))
      const outcome = once(async () => ({ got: await run(program, inputs), want: interpret(program, inputs) }))
      it.each(ops)("computes %s as the interpreter does (D5)", async (op) => {
        const { got, want } = await outcome()
        const outputs = Object.keys(labels).filter((output) => opOf(output) === op)
        const wrong = outputs.flatMap((output) => report(labels[output]!, got[output], want[output]!, loosened(tolerances[op])))
        expect(wrong).toEqual([])
      })
    })

    it("is tried on every op (D5)", () => {
      expect(sections.flatMap(([, ops]) => ops).sort()).toEqual(Object.keys(generated).sort())
    })

    describe("generated cases", () => {
      it.each(Object.keys(generated) as OpName[])("computes generated cases of %s as the interpreter does (D5)", async (op) => {
        expect(await checkGenerated(op, run, { ...draw(count), tolerance: loosened(tolerances[op]), shrink: count > fast })).toEqual([])
      })
    })

    wholePrograms({ run, loosened, shrink: count > fast })

    describe("bind and run", () => residency(() => device))
  })
}

const once = <A>(make: () => Promise<A>): (() => Promise<A>) => {
  let made: Promise<A> | undefined
  return () => (made ??= make())
}

const report = (label: string, got: NdArray | undefined, want: NdArray, tolerance: Tolerance): readonly string[] => {
  const wrong = difference(got, want, tolerance)
  return wrong === undefined ? [] : [`${label}: ${wrong}`]
}
