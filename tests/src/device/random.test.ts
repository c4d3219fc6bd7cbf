/** SPEC T4: random numbers are the same on every device: bits and uniform numbers by bytes, normal deviates to 1e-5. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { random } from "../../../src/base/random.ts"
import { wholeDeviceNames } from "../../../src/device/device.ts"
import { openDevice } from "../../../src/device/open.ts"
import { add, cast, lt, mul } from "../../../src/tensor/elementwise.ts"
import { foldIn, normal, permutation, randomBits, randomKey, splitKey, uniform } from "../../../src/tensor/random.ts"
import { sort } from "../../../src/tensor/order.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { runOnce } from "../../support/any-device.ts"
import { distance } from "../../support/close.ts"
import { interpret } from "../../support/interpreter.ts"

const program = trace({ key: { shape: [4], dtype: "i32" }, step: { shape: [], dtype: "i32" } }, ({ key, step }) => {
  const [a, b] = splitKey(foldIn(key, step), 2) as [typeof key, typeof key]
  return {
    bits: randomBits(a, [3, 331]),
    uniform: uniform(a, [1000]),
    dropped: mul(cast(lt(0.25, uniform(b, [40, 7])), "f32"), 4 / 3),
    order: permutation(b, 301),
    normal: normal(a, [1000]),
    // Beside a use of the same deviates in another shape, which a fused kernel may compute again.
    sorted: sort(add(normal(a, [10, 100]), 1)),
  }
})

describe.each(wholeDeviceNames)("%s", (name) => {
  it("draws what the interpreter draws (T4)", async (context) => {
    const opened = await openDevice(name, { threads: 2 })
    if (E.isLeft(opened)) return context.skip(opened.left.reason)
    const inputs = { key: randomKey(random("every device")), step: { dtype: "i32", shape: [], data: Int32Array.of(12345) } } as const
    const [got, want] = [await runOnce(opened.right, program, inputs), interpret(program, inputs)]
    for (const exact of ["bits", "uniform", "dropped", "order"]) expect(got[exact], exact).toEqual(want[exact])
    for (const close of ["normal", "sorted"]) expect(distance(must(got[close], close), must(want[close], close))).toBeLessThan(1e-5)
    await opened.right.close()
  })
})
