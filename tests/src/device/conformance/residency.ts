/** Conformance of bind, run and resident: the promises of `device.ts`. SPEC D1-D4. */
import { expect, it } from "vitest"
import { ndarray, type NdArray, scalar, type Tensors } from "../../../../src/base/ndarray.ts"
import type { Bound, Device } from "../../../../src/device/device.ts"
import { add, mul } from "../../../../src/tensor/elementwise.ts"
import { reduceSum } from "../../../../src/tensor/reduce.ts"
import { broadcastTo } from "../../../../src/tensor/reshape.ts"
import type { Program } from "../../../../src/tensor/program.ts"
import { trace } from "../../../../src/tensor/trace.ts"

const vector = (...values: readonly number[]): NdArray => ndarray("f32", [values.length], Float32Array.from(values))
const plain = (tensors: Tensors): { readonly [name: string]: readonly number[] } =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, [...data]]))

/** A step like training: `w` becomes `w + rate * g`, `loss` is given back. */
const step = (): Program =>
  trace({ w: { shape: [3] }, rate: { shape: [] }, g: { shape: [3] } }, ({ w, rate, g }) => ({
    w: add(w, mul(g, rate)),
    loss: reduceSum(mul(w, g)),
  }))

export const residency = (device: () => Device): void => {
  const using = async <A>(program: Program, resident: Tensors, use: (bound: Bound) => Promise<A>): Promise<A> => {
    const compiled = await device().compile(program)
    const bound = await compiled.bind(resident)
    const result = await use(bound)
    await bound.close()
    await compiled.close()
    return result
  }
  const start = () => ({ w: vector(1, 2, 3), rate: scalar("f32", 0.5) })
  const g = vector(2, 0, -2)

  it("replaces a resident input by the output of its name after each run, and gives back the others only (D2)", () =>
    using(step(), start(), async (bound) => {
      expect(plain(await bound.run({ g }))).toEqual({ loss: [-4] })
      expect(plain(await bound.run({ g }))).toEqual({ loss: [0] })
      expect(plain(await bound.run({ g }))).toEqual({ loss: [4] })
      expect(plain(await bound.resident())).toEqual({ rate: [0.5], w: [4, 2, 0] })
    }))

  it("copies resident tensors in and out, so that neither side sees the other write (D3)", () => {
    const resident = start()
    return using(step(), resident, async (bound) => {
      resident.w.data[0] = 99
      const before = await bound.resident()
      expect(plain(before)).toEqual({ rate: [0.5], w: [1, 2, 3] })
      before["w"]!.data.fill(7)
      await bound.run({ g })
      await bound.run({ g })
      expect(plain(await bound.resident())).toEqual({ rate: [0.5], w: [3, 2, 1] })
      expect(plain(before)).toEqual({ rate: [0.5], w: [7, 7, 7] })
    })
  })

  it("leaves results to the caller: a later run does not write into them (D3)", () =>
    using(trace({ x: { shape: [2] } }, ({ x }) => ({ y: mul(x, 2) })), {}, async (bound) => {
      const x = vector(1, 2)
      const first = await bound.run({ x })
      first["y"]!.data[0] = 50
      const second = await bound.run({ x: vector(5, 6) })
      expect([plain(first), plain(second), [...x.data]]).toEqual([{ y: [50, 4] }, { y: [10, 12] }, [1, 2]])
    }))

  it("keeps the state of two bindings of one compiled program apart (D3)", async () => {
    const compiled = await device().compile(step())
    const a = await compiled.bind(start())
    const b = await compiled.bind({ ...start(), w: vector(0, 0, 0) })
    await a.run({ g })
    await b.run({ g })
    await a.run({ g })
    expect(plain(await a.resident())).toEqual({ rate: [0.5], w: [3, 2, 1] })
    expect(plain(await b.resident())).toEqual({ rate: [0.5], w: [1, 0, -1] })
    await Promise.all([a.close(), b.close()])
    await compiled.close()
  })

  it("compiles a program twice and closes one without harm to the other (D1)", async () => {
    const [one, two] = [await device().compile(step()), await device().compile(step())]
    await one.close()
    const bound = await two.bind(start())
    expect(plain(await bound.run({ g }))).toEqual({ loss: [-4] })
    await bound.close()
    await two.close()
  })

  it("gives back an input as an output, and one value under two names", () =>
    using(
      trace({ x: { shape: [2] } }, ({ x }) => {
        const y = add(x, 1)
        return { same: x, y, again: y, wide: broadcastTo(y, [2, 2]) }
      }),
      {},
      async (bound) => {
        const got = await bound.run({ x: vector(1, 2) })
        expect(plain(got)).toEqual({ again: [2, 3], same: [1, 2], wide: [2, 3, 2, 3], y: [2, 3] })
        got["y"]!.data[0] = 9
        expect(got["again"]!.data[0]).toBe(2)
      },
    ))

  it("takes views into a larger buffer, and memory that threads share", () => {
    const sum = trace({ x: { shape: [2] }, w: { shape: [2] } }, ({ x, w }) => ({ y: add(x, w) }))
    const w = ndarray("f32", [2], Float32Array.of(0, 10, 20, 0).subarray(1, 3))
    return using(sum, { w }, async (bound) => {
      const x = ndarray("f32", [2], Float32Array.of(9, 9, 1, 2, 9).subarray(2, 4))
      expect(plain(await bound.run({ x }))).toEqual({ y: [11, 22] })
      const shared = new Float32Array(new SharedArrayBuffer(16)).subarray(1, 3)
      shared.set([3, 4])
      expect(plain(await bound.run({ x: ndarray("f32", [2], shared) }))).toEqual({ y: [13, 24] })
    })
  })

  it("treats an output with the name of an input that is not resident as an ordinary output (D2)", () =>
    using(step(), { rate: scalar("f32", 1) }, async (bound) => {
      const w = vector(1, 2, 3)
      expect(plain(await bound.run({ w, g }))).toEqual({ loss: [-4], w: [3, 2, 1] })
      expect(plain(await bound.run({ w, g }))).toEqual({ loss: [-4], w: [3, 2, 1] })
    }))

  it("lets two resident inputs change places and a third stay (D2)", () =>
    using(
      trace({ a: { shape: [2] }, b: { shape: [2] }, c: { shape: [2] } }, ({ a, b, c }) => ({ a: b, b: a, c })),
      { a: vector(1, 2), b: vector(3, 4), c: vector(5, 6) },
      async (bound) => {
        expect(await bound.run({})).toEqual({})
        expect(plain(await bound.resident())).toEqual({ a: [3, 4], b: [1, 2], c: [5, 6] })
        await bound.run({})
        expect(plain(await bound.resident())).toEqual({ a: [1, 2], b: [3, 4], c: [5, 6] })
      },
    ))

  it("takes runs that overlap in the order they were asked for", () =>
    using(step(), start(), async (bound) => {
      const losses = await Promise.all([bound.run({ g }), bound.run({ g }), bound.run({ g })])
      expect(losses.map(plain)).toEqual([{ loss: [-4] }, { loss: [0] }, { loss: [4] }])
    }))

  it("accepts an input that nothing uses, and state without elements", () => {
    const specs = { x: { shape: [2] }, unused: { shape: [3], dtype: "i32" as const }, empty: { shape: [0, 2] } }
    const program = trace(specs, ({ x, empty }) => ({ y: add(x, 1), empty: mul(empty, 2) }))
    return using(program, { empty: ndarray("f32", [0, 2], new Float32Array(0)) }, async (bound) => {
      const unused = ndarray("i32", [3], Int32Array.of(1, 2, 3))
      expect(plain(await bound.run({ x: vector(1, 2), unused }))).toEqual({ y: [2, 3] })
      expect(plain(await bound.resident())).toEqual({ empty: [] })
    })
  })

  it("refuses what is not an input, what is missing and what has another shape", () =>
    using(step(), start(), async (bound) => {
      await expect(bound.run({})).rejects.toThrow("g")
      await expect(bound.run({ g, w: vector(1, 2, 3) })).rejects.toThrow("w")
      await expect(bound.run({ g: vector(1, 2) })).rejects.toThrow("g")
      await expect(bound.run({ g: ndarray("i32", [3], Int32Array.of(1, 2, 3)) })).rejects.toThrow("g")
    }))
}
