import fc from "fast-check"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { decodeHalves, encodeHalves, ndarray, random } from "#src"
import { linear } from "../../../../nodes/merger/data-free/linear.ts"
import { merge, mergeAll, mergeEither, tensor } from "../merging.ts"

const weights = (...ws: readonly number[]) => ws.map((weight) => ({ weight }))

describe("linear", () => {
  it("is the weighted mean, or without normalize the sum", () => {
    expect(merge(linear, [[1, 2], [3, 6]], { each: weights(0.25, 0.75) })).toEqual([2.5, 5])
    expect(merge(linear, [[1, 2], [3, 6]])).toEqual([2, 4])
    expect(merge(linear, [[1, 2], [3, 6]], { each: weights(2, -1), params: { normalize: false } })).toEqual([-1, -2])
  })

  it("copies the one model that has a weight, bit for bit, whatever is in the others", () => {
    const odd = [-0, 2 ** -149, Math.fround(3.4e38), Infinity]
    const merged = merge(linear, [odd, [NaN, NaN, NaN, NaN]], { each: weights(1, 0) })
    expect(merged.map((x, i) => Object.is(x, odd[i]))).toEqual([true, true, true, true])
  })

  it("M1 rounds once: from f64 to the stored format", () => {
    // 1 + 2^-8 lies in the middle between two bf16; what is added is too little for an f32, and decides.
    const models = [1 + 2 ** -7, 1, 2 ** -30].map((x) => ({ w: ndarray("bf16", [1], encodeHalves("bf16", [x])) }))
    const merged = mergeAll(linear, { models, each: weights(0.5, 0.5, 0.5), params: { normalize: false } })
    expect([...decodeHalves("bf16", merged["w"]!.data as Uint16Array)]).toEqual([1 + 2 ** -7])
  })

  it("M3 the order of models changes no byte", () => {
    const draw = random("models")
    const ids = ["a", "b", "c", "d", "e"]
    const models = ids.map((id) => ({ w: ndarray("f32", [64], draw.fork(id).normals(64)) }))
    const params = ids.map((_, i) => ({ weight: 0.1 + i / 7 }))
    const at = (order: readonly number[]) => mergeAll(linear, { models: order.map((i) => models[i]!), ids: order.map((i) => ids[i]!), each: order.map((i) => params[i]!) })
    const first = at([0, 1, 2, 3, 4])
    fc.assert(fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (order) => void expect(at(order)).toEqual(first)))
    // The property is one: added up as listed, another order gives other bytes.
    const listed = (order: readonly number[]) => Float32Array.from({ length: 64 }, (_, k) => order.reduce((sum, i) => Math.fround(sum + params[i]!.weight * (models[i]!.w.data[k] as number)), 0))
    expect(listed([4, 3, 2, 1, 0])).not.toEqual(listed([0, 1, 2, 3, 4]))
  })

  it("M2 the size of blocks changes no byte", () => {
    const models = ["a", "b"].map((id) => ({ w: ndarray("f32", [7, 11], random(id).normals(77)), b: tensor([1]) }))
    const whole = mergeAll(linear, { models, each: weights(0.3, 0.7) })
    for (const blockElements of [1, 2, 13, 76, 77, 1000]) expect(mergeAll(linear, { models, each: weights(0.3, 0.7), blockElements })).toEqual(whole)
  })

  it("M5 says in words what does not fit", () => {
    const left = (given: Parameters<typeof mergeEither>[1]) => {
      const merged = mergeEither(linear, given)
      return E.isLeft(merged) ? merged.left : "fits"
    }
    const one = { w: tensor([1, 2]) }
    expect(left({ models: [] })).toBe("linear merges 1 or more models, got 0")
    expect(left({ models: [one], base: one })).toBe("linear takes no base model; list it among the models")
    expect(left({ models: [one, { w: tensor([1, 2, 3]) }] })).toBe("w is [3] in model 2 and [2] in model 1")
    expect(left({ models: [one, {}] })).toBe("model 2 has no tensor w, which model 1 has")
    expect(left({ models: [one, { ...one, v: tensor([1]) }] })).toBe("model 2 has a tensor v, which model 1 has not")
    expect(left({ models: [one, { w: ndarray("i32", [2], Int32Array.of(1, 2)) }] })).toBe("w is i32 in model 2 and f32 in model 1")
  })

  it("takes tensors of whole numbers from the first model", () => {
    const counts = [3, 4].map((n) => ({ w: tensor([n]), seen: ndarray("i32", [1], Int32Array.of(n)) }))
    expect(mergeAll(linear, { models: counts })).toEqual({ w: tensor([3.5]), seen: counts[0]!.seen })
  })
})
