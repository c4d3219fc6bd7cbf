/** SHA-256 under the name and in the form of `node:crypto`, for a page: the same hashes as in Node, so the same cases. FIPS 180-4. */

const primes = Array.from({ length: 312 }, (_, n) => n).filter((n) => n > 1 && !Array.from({ length: n - 2 }, (_, d) => d + 2).some((d) => n % d === 0))
/** The first 32 bits of the fractional part of a root. */
const fraction = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0
const constants = primes.slice(0, 64).map((p) => fraction(Math.cbrt(p)))
const start = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)))
const turn = (x: number, by: number): number => (x >>> by) | (x << (32 - by))

const compress = (hash: readonly number[], block: DataView): readonly number[] => {
  const words = Array.from({ length: 16 }, (_, i) => block.getInt32(4 * i))
  for (let i = 16; i < 64; i++) {
    const [a, b] = [words[i - 15]!, words[i - 2]!]
    const small = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)
    const large = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)
    words.push((words[i - 16]! + small + words[i - 7]! + large) | 0)
  }
  let [a, b, c, d, e, f, g, h] = hash as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i]! + words[i]!) | 0
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  return [a, b, c, d, e, f, g, h].map((value, i) => (value + hash[i]!) | 0)
}

const sha256 = (bytes: Uint8Array): string => {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  new DataView(padded.buffer).setUint32(padded.length - 4, bytes.length * 8)
  let hash: readonly number[] = start
  for (let at = 0; at < padded.length; at += 64) hash = compress(hash, new DataView(padded.buffer, at, 64))
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("")
}

export const createHash = (_: "sha256") => {
  const parts: Uint8Array[] = []
  const hasher = {
    update: (part: Uint8Array | string) => {
      parts.push(typeof part === "string" ? new TextEncoder().encode(part) : new Uint8Array(part))
      return hasher
    },
    digest: (_form: "hex") => {
      const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
      parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0)
      return sha256(whole)
    },
  }
  return hasher
}
