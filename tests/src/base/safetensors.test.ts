/** The safetensors format: round trips, canonical bytes, and damaged files that must be refused with a reason. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { ndarray, scalar, type Tensors } from "../../../src/base/ndarray.ts"
import { decodeSafetensors, encodeSafetensors } from "../../../src/base/safetensors.ts"

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

  it("[W2] refuses every truncation", () => {
    const accepted = Array.from({ length: good.length }, (_, n) => n).filter((n) => E.isRight(decodeSafetensors(good.slice(0, n))))
    expect(accepted).toEqual([])
  })

  it("[W2] says what is wrong with a damaged file", () => {
    const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] }
    expect(reasonFor(new Uint8Array(3))).toContain("at least 8 bytes")
    expect(reasonFor(made("{", 0))).toContain("header is not JSON")
    expect(reasonFor(made("7", 0))).toContain("not a JSON object")
    expect(reasonFor(new Uint8Array(8).fill(255))).toContain("does not fit")
    expect(reasonFor(made({ w: { ...entry, dtype: "F64" } }, 8))).toContain("tensor w: dtype F64 is not one of F32")
    expect(reasonFor(made({ w: { ...entry, shape: [-2] } }, 8))).toContain("tensor w: bad shape")
    expect(reasonFor(made({ w: { ...entry, shape: [3] } }, 8))).toContain("tensor w: bytes 0 to 8 do not hold 12 bytes")
    expect(reasonFor(made({ w: { ...entry, data_offsets: [8, 16] } }, 8))).toContain("tensor w: bytes 8 to 16")
    const other = { ...entry, data_offsets: [4, 12] }
    expect(reasonFor(made({ a: entry, b: other }, 12))).toContain("tensor b: starts at byte 4, expected 8")
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
