import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ndarray, type NdArray } from "../../../src/base/ndarray.ts"
import type { Device } from "../../../src/device/device.ts"
import { attention, causalAttention } from "../../../src/nn/attention.ts"
import { rope, ropeTables } from "../../../src/nn/rope.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { input } from "../../../src/tensor/source.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { expectClose } from "../../support/close.ts"
import { normal } from "../../support/normal.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, x, i) => sum + x * (b[i] as number), 0)

/** One row of head width n at a position, in float64, as complex numbers x_i + i x_(i + n/2) turned by position * 10000^(-2i/n). */
const turned = (row: readonly number[], position: number): readonly number[] => {
  const half = row.length / 2
  return row.map((_, at) => {
    const i = at % half
    const angle = position / 10000 ** ((2 * i) / row.length)
    const [re, im] = [row[i] as number, row[i + half] as number]
    return at < half ? re * Math.cos(angle) - im * Math.sin(angle) : re * Math.sin(angle) + im * Math.cos(angle)
  })
}

describe("rope", () => {
  const [length, width] = [12, 8]
  const rotated = async (row: NdArray<"f32">): Promise<readonly Float32Array[]> => {
    // The same row at every position.
    const x = ndarray("f32", [length, width], Float32Array.from({ length: length * width }, (_, at) => row.data[at % width] as number))
    const program = makeProgram({ outputs: { y: rope(input("x", [length, width]), ropeTables(length, width)) } })
    const { y } = await runOnce(device, program, { x })
    return Array.from({ length }, (_, at) => (y as NdArray<"f32">).data.subarray(at * width, (at + 1) * width))
  }

  it("turns pairs of coordinates by their position", async () => {
    const row = normal("row", width)
    const rows = await rotated(row)
    expect(rows[0]).toEqual(row.data)
    rows.forEach((y, position) => turned([...row.data], position).forEach((want, i) => expect(y[i]).toBeCloseTo(want, 5)))
  })

  it("makes the product of a query and a key depend on their distance alone", async () => {
    const [query, key] = [await rotated(normal("query", width)), await rotated(normal("key", width))]
    const product = (m: number, n: number) => dot(query[m] as Float32Array, key[n] as Float32Array)
    for (const distance of [0, 1, 3, 7]) {
      for (let n = 1; n + distance < length; n++) expect(product(n + distance, n)).toBeCloseTo(product(distance, 0), 4)
    }
    expect(Math.abs(product(7, 0) - product(0, 0))).toBeGreaterThan(0.1)
  })

  it("keeps lengths", async () => {
    const row = normal("row", width)
    for (const y of await rotated(row)) expect(Math.hypot(...y)).toBeCloseTo(Math.hypot(...row.data), 5)
  })

  it("refuses an odd head width", () => {
    expect(() => ropeTables(4, 7)).toThrow("RoPE needs an even head width, got 7")
  })
})

describe("causalAttention", () => {
  it("is softmax(q k' / sqrt(n)) v over the places so far, head by head, as written out in float64", async () => {
    const [length, width, heads] = [6, 8, 2]
    const n = width / heads
    const square = (name: string) => normal(name, width, width)
    const given = { x: normal("x", 1, length, width), query: square("q"), key: square("k"), value: square("v"), out: square("o") }
    const matrix = (name: string) => input(name, [width, width])
    const weights = { query: matrix("query"), key: matrix("key"), value: matrix("value"), out: matrix("out") }
    const program = makeProgram({ outputs: { y: causalAttention(input("x", given.x.shape), weights, heads) } })
    const { y } = await runOnce(device, program, given)

    const times = (row: readonly number[], { data }: NdArray<"f32">) =>
      Array.from({ length: width }, (_, j) => row.reduce((sum, a, i) => sum + a * (data[i * width + j] as number), 0))
    const rows = Array.from({ length }, (_, at) => [...given.x.data.subarray(at * width, (at + 1) * width)])
    const perHead = (matrix: NdArray<"f32">, h: number) => rows.map((row) => times(row, matrix).slice(h * n, (h + 1) * n))
    const heads64 = Array.from({ length: heads }, (_, h) => {
      const [q, k] = [given.query, given.key].map((matrix) => perHead(matrix, h).map(turned)) as [number[][], number[][]]
      const v = perHead(given.value, h)
      return q.map((row, at) => {
        const weights = k.slice(0, at + 1).map((other) => Math.exp(dot(row, other) / Math.sqrt(n)))
        const total = weights.reduce((sum, w) => sum + w, 0)
        return Array.from({ length: n }, (_, i) => weights.reduce((sum, w, s) => sum + (w / total) * ((v[s] as number[])[i] as number), 0))
      })
    })
    const want = rows.flatMap((_, at) => times(heads64.flatMap((head) => head[at] as number[]), given.out))
    expectClose(y, { shape: [1, length, width], data: want }, 1e-4)
  })
})

describe("attention", () => {
  const [batch, length, places, d, m, heads, n] = [2, 3, 5, 8, 6, 4, 2]
  const x = normal("x", batch, length, d)
  const memory = normal("memory", batch, places, m)
  const given = (kvHeads: number, from: number) => ({
    query: normal("query", d, heads * n),
    key: normal(`key${kvHeads}`, from, kvHeads * n),
    value: normal(`value${kvHeads}`, from, kvHeads * n),
    out: normal("out", heads * n, d),
  })
  const weightsOf = (kvHeads: number, from: number) => {
    const shapes = given(kvHeads, from)
    return { query: input("query", shapes.query.shape), key: input("key", shapes.key.shape), value: input("value", shapes.value.shape), out: input("out", shapes.out.shape) }
  }
  /** Every key and value head as often as query heads share it. */
  const repeated = ({ shape, data }: NdArray<"f32">, kvHeads: number): NdArray<"f32"> => {
    const [rows = 0] = shape
    const width = kvHeads * n
    const columns = Array.from({ length: heads * n }, (_, c) => Math.floor(Math.floor(c / n) / (heads / kvHeads)) * n + (c % n))
    return ndarray("f32", [rows, heads * n], Float32Array.from({ length: rows * heads * n }, (_, at) => data[Math.floor(at / (heads * n)) * width + (columns[at % (heads * n)] as number)] as number))
  }

  it.each([1, 2])("with %s key heads is attention with each of them repeated", async (kvHeads) => {
    const few = given(kvHeads, d)
    const all = { ...few, key: repeated(few.key, kvHeads), value: repeated(few.value, kvHeads) }
    const options = { heads, causal: true, rotary: true }
    const shared = makeProgram({ outputs: { y: attention(input("x", x.shape), weightsOf(kvHeads, d), { ...options, kvHeads }) } })
    const full = makeProgram({ outputs: { y: attention(input("x", x.shape), weightsOf(heads, d), options) } })
    const { y } = await runOnce(device, shared, { x, ...few })
    const { y: want } = await runOnce(device, full, { x, ...all })
    expectClose(y, { shape: [batch, length, d], data: [...(want as NdArray).data] }, 1e-5)
  })

  it("over a memory attends to all its places, and a mask hides some as if they were not there", async () => {
    const weights = given(heads, m)
    const trace = (count: number, mask?: NdArray) =>
      makeProgram({
        outputs: {
          y: attention(input("x", x.shape), weightsOf(heads, m), {
            heads, memory: input("memory", [batch, count, m]), ...(mask === undefined ? {} : { mask: input("mask", mask.shape, "bool") }),
          }),
        },
      })
    const hidden = ndarray("bool", [1, 1, 1, places], Uint8Array.of(1, 1, 1, 0, 0))
    const { y } = await runOnce(device, trace(places, hidden), { x, memory, mask: hidden, ...weights })
    const short = ndarray("f32", [batch, 3, m], Float32Array.from({ length: batch * 3 * m }, (_, at) => memory.data[Math.floor(at / (3 * m)) * places * m + (at % (3 * m))] as number))
    const { y: want } = await runOnce(device, trace(3), { x, memory: short, ...weights })
    expectClose(y, { shape: [batch, length, d], data: [...(want as NdArray).data] }, 1e-5)
    const { y: everything } = await runOnce(device, trace(places), { x, memory, ...weights })
    expect(Math.max(...[...(everything as NdArray).data].map((value, i) => Math.abs(value - ((want as NdArray).data[i] as number))))).toBeGreaterThan(0.01)
  })

  it("refuses heads that do not fit", () => {
    expect(() => attention(input("x", x.shape), weightsOf(heads, d), { heads: 3 })).toThrow("expected a width that 3 heads divide")
    expect(() => attention(input("x", x.shape), weightsOf(heads, m), { heads, causal: true, memory: input("memory", memory.shape) })).toThrow("as many places as queries where attention is causal")
  })
})
