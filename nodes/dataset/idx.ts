/** The IDX format of MNIST: two zero bytes, a type (8: unsigned bytes), the rank, extents as 32-bit big-endian, the elements. */
import * as E from "fp-ts/lib/Either.js"
import { readFile } from "node:fs/promises"
import { gunzipSync } from "node:zlib"
import { messageOf, ndarray, sizeOf, type NdArray } from "#src"
import { problem, type Read } from "./problem.ts"

/** The tensor of an IDX file, gzipped or not. Left when it cannot be read or is not whole. */
export const readIdx = async (file: string, remedy: string): Promise<Read<NdArray<"u8">>> => {
  let bytes: Uint8Array
  try {
    const read = await readFile(file)
    bytes = read[0] === 0x1f && read[1] === 0x8b ? gunzipSync(read) : read
  } catch (error) {
    return problem(file, "a readable IDX file", messageOf(error), { remedy })
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rank = bytes[3] ?? 0
  if (bytes.length < 4 + 4 * rank || header.getUint16(0) !== 0 || bytes[2] !== 8) return problem(file, "an IDX file of unsigned bytes", "another header", { remedy })
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis))
  const from = 4 + 4 * rank
  const size = sizeOf(shape)
  if (bytes.length !== from + size) return problem(file, `${from + size} bytes for [${shape.join(", ")}]`, `${bytes.length}`, { remedy })
  return E.right(ndarray("u8", shape, Uint8Array.from(bytes.subarray(from))))
}
