/**
 * The smallest useful PNG writer (ISO/IEC 15948): 8-bit grey or RGB, no filter, one IDAT chunk. For pictures in
 * reports, which are small and must keep every pixel.
 */
import { deflateSync } from "node:zlib"
import { assert } from "../../src/base/assert.ts"

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/** `pixels` row by row, `channels` bytes each: 1 is grey (0 black), 3 is RGB. */
export const encodePng = (width: number, height: number, channels: 1 | 3, pixels: Uint8Array): Uint8Array => {
  assert(pixels.length === width * height * channels, `a picture of ${width} x ${height} x ${channels} holds ${width * height * channels} bytes, got ${pixels.length}`)
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8)
  const stride = width * channels
  // Every row starts with the number of its filter: 0, none.
  const rows = new Uint8Array((stride + 1) * height)
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1)
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", new Uint8Array(0))])
}

const chunk = (name: string, body: Uint8Array): Uint8Array => {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body])
  const out = Buffer.alloc(named.length + 8)
  out.writeUInt32BE(body.length, 0)
  out.set(named, 4)
  out.writeUInt32BE(crc32(named), named.length + 4)
  return out
}

/** CRC-32 of ISO 3309, bit by bit: pictures here are small, and Node 20 did not always have one. */
const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0xedb88320)
  }
  return ~crc >>> 0
}
