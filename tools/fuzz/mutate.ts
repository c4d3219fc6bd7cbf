/** Damages bytes in the ways files are damaged, and in those that somebody would think of who wants a reader to fail. */
import type { Random } from "../../src/base/random.ts"

/** What large numbers in a header are tried as. */
const numbers = ["0", "1", "-1", "7", "255", "4294967296", "9007199254740993", "1e308", "18446744073709551615", "1.5", "null", "\"0\"", "[]", "{}"]
const names = ["__proto__", "constructor", "__metadata__", "../../x.safetensors", "/etc/passwd", "", "\\u0000", "a".repeat(300)]

/** A damaged copy; `text` says that the bytes are JSON or begin with it, so that its numbers and names can be changed too. */
export const mutate = (bytes: Uint8Array, random: Random, text: boolean): Uint8Array => {
  let out: Uint8Array = bytes.slice()
  const times = 1 + random.below(0, 3)
  for (let i = 1; i <= times; i++) {
    const [kind, at, much] = [random.below(4 * i, text ? 8 : 5), random.below(4 * i + 1, Math.max(out.length, 1)), random.below(4 * i + 2, 1000)]
    if (kind === 0) out[at] = much & 255
    else if (kind === 1) out = out.slice(0, at)
    else if (kind === 2) out = joined(out.subarray(0, at), new Uint8Array(much).fill(much & 255), out.subarray(at))
    else if (kind === 3) out = joined(out.subarray(0, at), out.subarray(Math.min(out.length, at + 1 + (much % 16))))
    else if (kind === 4) out = joined(out.subarray(0, at), out.subarray(Math.floor(at / 2), at), out.subarray(at))
    else out = rewritten(out, kind, at, much)
  }
  return out
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** Another number, another name, or a member twice; the length in front of a safetensors header is made to fit. */
const rewritten = (bytes: Uint8Array, kind: number, at: number, much: number): Uint8Array => {
  const framed = bytes.length > 8 && bytes[8] === 0x7b
  const length = framed ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) : bytes.length
  if (framed && length > bytes.length - 8) return bytes
  const header = Buffer.from(framed ? bytes.subarray(8, 8 + length) : bytes).toString("latin1")
  const pattern = kind === 5 ? /-?\d+/g : kind === 6 ? /"[^"]*"/g : /"[^"]*":\{[^}]*\}/g
  const found = [...header.matchAll(pattern)]
  const one = found[at % Math.max(found.length, 1)]
  if (one === undefined) return bytes
  const by = kind === 5 ? numbers[much % numbers.length] : kind === 6 ? `"${names[much % names.length]}"` : `${one[0]},${one[0]}`
  const made = Buffer.from(header.slice(0, one.index) + by + header.slice(one.index + one[0].length), "latin1")
  if (!framed) return new Uint8Array(made)
  const front = new Uint8Array(8)
  new DataView(front.buffer).setBigUint64(0, BigInt(made.length), true)
  return joined(front, made, bytes.subarray(8 + length))
}
