/** The PNG writer, read back: signature, chunks with right sums, and every pixel. */
import { inflateSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { encodePng } from "../../../tools/report/png.ts"

const chunksOf = (png: Uint8Array) => {
  const bytes = Buffer.from(png)
  const chunks: { name: string; body: Buffer; sum: number }[] = []
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    chunks.push({ name: bytes.toString("latin1", at + 4, at + 8), body: bytes.subarray(at + 8, at + 8 + length), sum: bytes.readUInt32BE(at + 8 + length) })
    at += length + 12
  }
  return chunks
}

describe("encodePng", () => {
  it("starts with the signature and has a header, data and an end", () => {
    const png = encodePng(2, 1, 1, Uint8Array.of(0, 255))
    expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
    const [header, data, end] = chunksOf(png)
    expect([header?.name, data?.name, end?.name]).toEqual(["IHDR", "IDAT", "IEND"])
    expect([...(header?.body ?? [])]).toEqual([0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0])
    // The sum of an empty IEND is the same in every PNG.
    expect(end?.sum).toBe(0xae426082)
  })

  it("keeps every pixel, grey and in colour", () => {
    const grey = Uint8Array.from({ length: 6 }, (_, i) => i * 40)
    expect([...inflateSync(chunksOf(encodePng(3, 2, 1, grey))[1]?.body ?? "")]).toEqual([0, 0, 40, 80, 0, 120, 160, 200])
    const colour = Uint8Array.of(1, 2, 3, 4, 5, 6)
    expect([...inflateSync(chunksOf(encodePng(1, 2, 3, colour))[1]?.body ?? "")]).toEqual([0, 1, 2, 3, 0, 4, 5, 6])
  })

  it("refuses pixels that do not fit the size", () => {
    expect(() => encodePng(2, 2, 1, new Uint8Array(3))).toThrow("holds 4 bytes, got 3")
  })
})
