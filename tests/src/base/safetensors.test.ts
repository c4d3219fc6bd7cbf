/** The safetensors format: round trips, canonical bytes, and damaged files that must be refused with a reason. */
import fc from "fast-check"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { ndarray, scalar, type Tensors } from "../../../src/base/ndarray.ts"
import { decodeSafetensors, encodeSafetensors, makeSafetensorsCodec, type TensorFile } from "../../../src/base/safetensors.ts"

const tensors: Tensors = {
  weights: ndarray("f32", [2, 2], new Float32Array([1, -2.5, 3e-8, Number.NaN])),
  ids: ndarray("i32", [3], new Int32Array([-1, 0, 2 ** 31 - 1])),
  mask: ndarray("bool", [2], new Uint8Array([1, 0])),
  pixels: ndarray("u8", [1, 3], new Uint8Array([0, 128, 255])),
  empty: ndarray("f32", [0, 4], new Float32Array(0)),
  one: scalar("i32", 7),
  small: ndarray("f16", [3], new Uint16Array([0x3c00, 0x0001, 0x7e00])),
  rough: ndarray("bf16", [1, 2], new Uint16Array([0x3f80, 0xff80])),
}

const file = (value: Parameters<typeof encodeSafetensors>[0]) => new Uint8Array(Buffer.concat(encodeSafetensors(value)))
const good = file({ tensors, metadata: { note: "ж" } })
const reasonFor = (bytes: Uint8Array) => E.match((reason: string) => reason, () => "accepted")(decodeSafetensors(bytes))

/** A file with this header and a body of `bytes` zeros. */
const made = (header: unknown, bytes: number) => {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header))
  const out = new Uint8Array(8 + text.length + bytes)
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true)
  out.set(text, 8)
  return out
}

describe("safetensors", () => {
  it("[W2] gives back every tensor, dtype, shape and the metadata, bit for bit", () => {
    expect(decodeSafetensors(good)).toEqual(E.right({ tensors, metadata: { note: "ж" } }))
  })

  it("[W2] writes equal contents as equal bytes, whatever the order of names", () => {
    const reordered = Object.fromEntries(Object.entries(tensors).reverse())
    expect(Buffer.compare(file({ tensors: reordered, metadata: { note: "ж" } }), good)).toBe(0)
  })

  it("[W2] starts the tensors at a multiple of 8 bytes, as the format asks", () => {
    const header = Number(new DataView(good.buffer).getBigUint64(0, true))
    expect(header % 8).toBe(0)
    const parsed = JSON.parse(new TextDecoder().decode(good.subarray(8, 8 + header))) as Record<string, { dtype: string; data_offsets: number[] }>
    expect(parsed["ids"]).toMatchObject({ dtype: "I32", data_offsets: [0, 12] })
  })

  it("[W2] reads a file that lies inside a larger buffer", () => {
    const larger = new Uint8Array(good.length + 7)
    larger.set(good, 3)
    expect(decodeSafetensors(larger.subarray(3, 3 + good.length))).toEqual(E.right({ tensors, metadata: { note: "ж" } }))
  })

  it("[W2] copies out of bytes that may be written to again; of lasting ones the tensor that is most of them is a view", () => {
    const bytes = file({ tensors: { large: ndarray("f32", [64], Float32Array.from({ length: 64 }, (_, i) => i)), small: scalar("f32", 7) }, metadata: {} })
    const shared = (from: Uint8Array, lasting?: boolean) => {
      const decoded = decodeSafetensors(from, lasting)
      if (E.isLeft(decoded)) throw new Error(decoded.left)
      expect(Array.from(decoded.right.tensors["large"]!.data)).toEqual(Array.from({ length: 64 }, (_, i) => i))
      return Object.fromEntries(Object.entries(decoded.right.tensors).map(([name, { data }]) => [name, data.buffer === from.buffer]))
    }
    expect(shared(bytes)).toEqual({ large: false, small: false })
    expect(shared(bytes, true)).toEqual({ large: true, small: false })
    const larger = new Uint8Array(2 * bytes.length)
    larger.set(bytes)
    expect(shared(larger.subarray(0, bytes.length), true)).toEqual({ large: false, small: false })
    const askew = new Uint8Array(bytes.length + 1)
    askew.set(bytes, 1)
    expect(shared(askew.subarray(1), true)).toEqual({ large: false, small: false })
  })

  it("[W2] refuses every truncation", () => {
    const accepted = Array.from({ length: good.length }, (_, n) => n).filter((n) => E.isRight(decodeSafetensors(good.slice(0, n))))
    expect(accepted).toEqual([])
  })

  it("[W2] says what is wrong with a damaged file", () => {
    const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] }
    expect(reasonFor(new Uint8Array(3))).toContain("at least 8 bytes")
    expect(reasonFor(made("{", 0))).toContain("not JSON")
    expect(reasonFor(made("7", 0))).toContain("not a JSON object")
    expect(reasonFor(new Uint8Array(8).fill(255))).toContain("a header of at most 100000000 bytes")
    expect(reasonFor(made({ w: { ...entry, dtype: "F64", shape: [1] } }, 8))).toContain("tensor w: dtype F64 is not one of F32")
    expect(reasonFor(made({ w: { ...entry, shape: [-2] } }, 8))).toContain("bad shape")
    expect(reasonFor(made({ w: { ...entry, shape: [3] } }, 8))).toContain("tensor w: expected 12 bytes for [3] F32")
    expect(reasonFor(made({ w: { ...entry, data_offsets: [8, 16] } }, 8))).toContain("bytes 8 to 16")
    const other = { ...entry, data_offsets: [4, 12] }
    expect(reasonFor(made({ a: entry, b: other }, 12))).toContain("tensor b: expected its bytes to begin where those before end, at 8, got starts at byte 4")
    expect(reasonFor(made({ w: entry }, 12))).toContain("tensors end at byte 8 of 12")
  })

  it("[W2] refuses members that are not of the format's shape, without throwing", () => {
    expect(reasonFor(made("null", 0))).toContain("not a JSON object")
    expect(reasonFor(made({ w: null }, 0))).toContain("tensor w")
    expect(reasonFor(made({ w: { dtype: "F32", shape: [1], data_offsets: ["0", "4"] } }, 4))).toContain("tensor w")
    expect(reasonFor(made({ w: { dtype: "F32", shape: [1], data_offsets: 4 } }, 4))).toContain("tensor w")
    expect(reasonFor(made({ __metadata__: { a: 1 } }, 0))).toContain("__metadata__")
    expect(reasonFor(made({ __metadata__: "x" }, 0))).toContain("__metadata__")
  })
})

describe("a codec for many files", () => {
  /** Few names, dtypes, extents and notes, so that files with equal and with nearly equal headers follow one another. */
  const array = fc.tuple(fc.constantFrom("f32", "i32", "u8", "bf16"), fc.constantFrom<number[]>([], [1], [2], [2, 1], [1, 2], [3, 7]), fc.nat(200)).map(([dtype, shape, fill]) => {
    const length = shape.reduce((n, extent) => n * extent, 1)
    const data = { f32: Float32Array, i32: Int32Array, u8: Uint8Array, bf16: Uint16Array }[dtype as "f32" | "i32" | "u8" | "bf16"]
    return ndarray(dtype as "f32", shape, new data(length).map((_, i) => fill + i) as Float32Array)
  })
  const files: fc.Arbitrary<readonly TensorFile[]> = fc.array(
    fc.record({
      tensors: fc.dictionary(fc.constantFrom("a", "b", "c"), array, { noNullPrototype: true }),
      metadata: fc.constantFrom<TensorFile["metadata"]>({}, { note: "x" }, { note: "y" }, { other: "x" }, { note: "x", other: "x" }),
    }),
    { maxLength: 12 },
  )

  it("[S8] writes the bytes and reads the values that a file by itself has, whatever files came before", () => {
    fc.assert(
      fc.property(files, fc.nat(7), (sequence, shift) => {
        const codec = makeSafetensorsCodec()
        for (const one of sequence) {
          const bytes = file(one)
          expect(Buffer.concat(codec.encode(one)).equals(bytes)).toBe(true)
          // At every distance from a multiple of 8: views are only possible at some.
          const larger = new Uint8Array(bytes.length + 8)
          larger.set(bytes, shift)
          expect(codec.decode(larger.subarray(shift, shift + bytes.length))).toEqual(decodeSafetensors(bytes))
        }
      }),
      { numRuns: 300 },
    )
  })

  it("[S8] takes a header for a known one only where names, dtypes, shapes, order of sizes and notes are the same", () => {
    const codec = makeSafetensorsCodec()
    const pair = (a: number, b: number): TensorFile => ({ metadata: {}, tensors: { a: ndarray("u8", [a], new Uint8Array(a)), b: ndarray("u8", [b], new Uint8Array(b)) } })
    const written = [pair(1, 2), pair(2, 1), pair(1, 2), { ...pair(1, 2), metadata: { note: "x" } }].map((one) => Buffer.concat(codec.encode(one)).toString())
    expect(new Set(written).size).toBe(3)
    expect(written[0]).toBe(written[2])
  })

  it("[S3] gives arrays of their own: neither the bytes nor the next file change with them", () => {
    const codec = makeSafetensorsCodec()
    const one = (x: number): TensorFile => ({ metadata: {}, tensors: { x: ndarray("f32", [2], new Float32Array([x, x])) } })
    const [first, second] = [file(one(1)), file(one(2))]
    const dataIn = (bytes: Uint8Array) => E.match(() => new Float32Array(0), (read: TensorFile) => read.tensors["x"]?.data as Float32Array)(codec.decode(bytes))
    const read = dataIn(first)
    expect([...dataIn(second), ...read]).toEqual([2, 2, 1, 1])
    read.fill(9)
    expect([...dataIn(first)]).toEqual([1, 1])
  })

  it("[W2] refuses a file that is cut short or damaged after a whole one", () => {
    const codec = makeSafetensorsCodec()
    expect(codec.decode(good)).toEqual(E.right({ tensors, metadata: { note: "ж" } }))
    expect(E.isLeft(codec.decode(good.subarray(0, good.length - 1)))).toBe(true)
    const bad = good.slice()
    bad[8] = 0x20
    expect(E.isLeft(codec.decode(bad))).toBe(true)
  })
})
