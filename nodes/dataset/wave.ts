/** WAVE files (RIFF): a header, then chunks of a name, a length and as many bytes; of those `fmt ` and `data` are looked at. */
import * as E from "fp-ts/lib/Either.js"
import { readFile } from "node:fs/promises"
import { messageOf } from "#src"
import { problem, type Read } from "./problem.ts"

const pcm = 1

/** Samples of a file of one channel, 16 bits, `rate` Hz, as numbers from -1 to 1. Left when it cannot be read, is of another kind or is not whole. */
export const readWave = async (file: string, rate: number, remedy: string): Promise<Read<Float32Array>> => {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    return problem(file, "a readable WAVE file", messageOf(error), { remedy })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const name = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (bytes.length < 12 || name(0) !== "RIFF" || name(8) !== "WAVE") return problem(file, "a WAVE file", "another header", { remedy })
  let format: string | undefined
  // A chunk of odd length is followed by a byte that does not count.
  for (let at = 12, length = 0; at + 8 <= bytes.length; at += 8 + length + (length % 2)) {
    length = view.getUint32(at + 4, true)
    const from = at + 8
    if (from + length > bytes.length) return problem(file, `${length} bytes of ${name(at).trim()}`, `${bytes.length - from}`, { remedy })
    if (name(at) === "fmt " && length >= 16)
      format = `${view.getUint16(from, true) === pcm ? "PCM" : "coded"}, channels: ${view.getUint16(from + 2, true)}, ${view.getUint32(from + 4, true)} Hz, ${view.getUint16(from + 14, true)} bits`
    const wanted = `PCM, channels: 1, ${rate} Hz, 16 bits`
    if (name(at) === "data") {
      if (format !== wanted) return problem(file, wanted, format ?? "no format before the sound", { remedy })
      return E.right(Float32Array.from({ length: length >> 1 }, (_, i) => view.getInt16(from + 2 * i, true) / 32768))
    }
  }
  return problem(file, "sound", "none", { remedy })
}
