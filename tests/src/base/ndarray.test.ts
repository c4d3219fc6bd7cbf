/** Tensors at rest: lengths that fit, bytes that are views. */
import { describe, expect, it } from "vitest"
import { AssertionError, assert, must } from "../../../src/base/assert.ts"
import { bytesOf, ndarray, scalar, sizeOf, zeros } from "../../../src/base/ndarray.ts"

describe("ndarray", () => {
  it("[T1] holds as many elements as its shape says, one for a scalar and none for an empty extent", () => {
    expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0])
    expect(() => ndarray("f32", [2, 3], new Float32Array(5))).toThrow("shape [2, 3] holds 6 elements, got 5")
  })

  it("[T1] starts from zero in the element type asked for", () => {
    expect(zeros("i32", [2])).toEqual({ dtype: "i32", shape: [2], data: new Int32Array(2) })
    expect(zeros("bool", []).data).toEqual(new Uint8Array(1))
    expect(scalar("f32", 0.5).data[0]).toBe(0.5)
  })

  it("[T1] gives its bytes as a view, little-endian, at the right offset", () => {
    const whole = new Float32Array([9, 1, -2])
    const part = ndarray("f32", [2], whole.subarray(1))
    const bytes = bytesOf(part)
    expect([...bytes]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
    expect(bytes.buffer).toBe(whole.buffer)
  })
})

describe("assert", () => {
  it("throws an AssertionError with its message, and lets what holds pass", () => {
    expect(() => assert(0, "no zeros")).toThrow(new AssertionError("no zeros"))
    expect(() => must(undefined, "node a")).toThrow("missing node a")
    expect(must(0, "zero")).toBe(0)
  })
})
