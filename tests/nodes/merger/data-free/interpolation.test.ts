import { describe, expect, it } from "vitest"
import { decodeHalves, encodeHalves, ndarray, random } from "#src"
import { nearswap, passthrough, slerp, taskArithmetic, wiseFt } from "../../../../nodes/merger/data-free/interpolation.ts"
import { nuslerp, nuslerpColumns, nuslerpRows } from "../../../../nodes/merger/data-free/nuslerp.ts"
import { close, merge, mergeAll } from "../merging.ts"

const weights = (...ws: readonly number[]) => ws.map((weight) => ({ weight }))

describe("wise_ft", () => {
  it("lies between the base and the fine-tuned model", () => {
    expect(merge(wiseFt, [[3, 6]], { base: [1, 2], params: { alpha: 0.3 } })).toEqual(close([1.6, 3.2]))
  })
  it("M4 is a copy at both ends, bit for bit", () => {
    const odd = [-0, 2 ** -149, 1e38]
    const [base, tuned] = [random("a"), random("b")].map((draw) => [...odd.map(Math.fround), ...draw.normals(20)]) as [number[], number[]]
    expect(merge(wiseFt, [tuned], { base, params: { alpha: 1 } }).map((x, i) => Object.is(x, tuned[i]))).not.toContain(false)
    expect(merge(wiseFt, [tuned.map(() => NaN)], { base, params: { alpha: 0 } }).map((x, i) => Object.is(x, base[i]))).not.toContain(false)
  })
})

describe("task_arithmetic", () => {
  it("adds and takes away task vectors", () => {
    expect(merge(taskArithmetic, [[3, 2], [1, 6]], { base: [1, 2], params: { lambda: 0.5 } })).toEqual([2, 4])
    expect(merge(taskArithmetic, [[3, 2]], { base: [1, 2], params: { lambda: 1 }, each: weights(-1) })).toEqual([-1, 2])
    expect(merge(taskArithmetic, [[3, 2], [1, 6]], { base: [1, 2], params: { lambda: 1, normalize: true }, each: weights(3, 1) })).toEqual([2.5, 3])
  })
  it("finding 2.15: what is too small for bf16 is lost when it is stored, and not before", () => {
    const base = { w: ndarray("bf16", [1], encodeHalves("bf16", [1])) }
    const tuned = { w: ndarray("bf16", [1], encodeHalves("bf16", [1 + 2 ** -7])) }
    const at = (dtype: "bf16" | "f32") => mergeAll(taskArithmetic, { base, models: [tuned], params: { lambda: 0.128 }, dtype })["w"]!
    expect([...decodeHalves("bf16", at("bf16").data as Uint16Array)]).toEqual([1])
    expect([...(at("f32").data as Float32Array)]).toEqual(close([1.001]))
    expect((at("f32").data as Float32Array)[0]).toBeGreaterThan(1)
  })
})

describe("slerp", () => {
  it("goes along the great circle and keeps the lengths of its ends", () => {
    expect(merge(slerp, [[1, 0], [0, 2]], { params: { t: 0.5 } })).toEqual(close([Math.SQRT1_2, Math.SQRT2]))
    expect(merge(slerp, [[1, 0], [0, 1]], { params: { t: 1 / 3 } })).toEqual(close([Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)]))
  })
  it("is a straight line where the angle is small, or there is none", () => {
    expect(merge(slerp, [[1, 0], [1, 0.02]], { params: { t: 0.25 } })).toEqual(close([1, 0.005], 7))
    expect(merge(slerp, [[0, 0], [2, 4]], { params: { t: 0.25 } })).toEqual([0.5, 1])
    expect(merge(slerp, [[1, 0], [-1, 0]], { params: { t: 0.25 } })).toEqual([0.5, 0])
  })
  it("is curved from a cosine of 0.9995 down, and straight above it", () => {
    const at = (angle: number) => Math.hypot(...merge(slerp, [[1, 0], [Math.cos(angle), Math.sin(angle)]], { params: { t: 0.5 } }))
    expect([at(0.033), at(0.0312)]).toEqual(close([1, Math.cos(0.0156)]))
  })
  it("is a copy at its ends, of which nothing is measured", () => {
    expect(merge(slerp, [[1, -0], [NaN, 5]], { params: { t: 0 } })).toEqual([1, -0])
    expect(slerp.passes({ t: 0 }, 2)).toBe(1)
  })
})

describe("nuslerp", () => {
  it("takes its place from the weights, one half where they cancel", () => {
    expect(merge(nuslerp, [[1, 0], [0, 1]], { each: weights(2, 1) })).toEqual(close([Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)]))
    expect(merge(nuslerp, [[1, 0], [0, 1]], { each: weights(1, -1) })).toEqual(close([Math.SQRT1_2, Math.SQRT1_2]))
  })
  it("is a straight line where directions are one, or opposite", () => {
    expect(merge(nuslerp, [[1, 0], [3, 0]], { each: weights(1, 3) })).toEqual([2.5, 0])
    expect(merge(nuslerp, [[1, 0], [-3, 0]], { each: weights(1, 1) })).toEqual([-1, 0])
  })
  it("is curved where SLERP is straight already", () => {
    expect(merge(nuslerp, [[1, 0], [Math.cos(0.02), Math.sin(0.02)]])).toEqual(close([Math.cos(0.01), Math.sin(0.01)]))
  })
  it("with a base turns the differences from it", () => {
    expect(merge(nuslerp, [[6, 5], [5, 6]], { base: [5, 5] })).toEqual(close([5 + Math.SQRT1_2, 5 + Math.SQRT1_2]))
  })
  it("by rows and by columns takes an angle for each", () => {
    const [a, b] = [[[1, 0], [0, 3]], [[0, 1], [0, 5]]]
    expect(merge(nuslerpRows, [a, b])).toEqual(close([Math.SQRT1_2, Math.SQRT1_2, 0, 4]))
    expect(merge(nuslerpColumns, [[[1, 0], [0, 3]], [[0, 0], [1, 5]]])).toEqual(close([Math.SQRT1_2, 0, Math.SQRT1_2, 4]))
    expect(merge(nuslerpRows, [[[2, 0]], [[0, 2]]], { base: [[1, 0]] })).toEqual(close([1 + merge(nuslerp, [[1, 0], [-1, 2]])[0]!, merge(nuslerp, [[1, 0], [-1, 2]])[1]!]))
  })
})

describe("nearswap and passthrough", () => {
  it("moves an element by at most t", () => {
    expect(merge(nearswap, [[1.5, 4, 1]], { base: [1, 1, 1], params: { t: 1 } })).toEqual([1.5, 2, 1])
  })
  it("copies one model, or scales it", () => {
    expect(merge(passthrough, [[1, -0]])).toEqual([1, -0])
    expect(merge(passthrough, [[1, -2]], { each: [{ scale: 0.5 }] })).toEqual([0.5, -1])
  })
})
