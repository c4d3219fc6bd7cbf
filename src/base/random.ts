/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). A number depends only on (key, counter), so order of drawing, threads and resumption cannot change it.
 */
import { hashBytes } from "./hash.ts"

export interface Random {
  /** What Philox is keyed with, and the upper two words of its counter: for kernels that draw many words at once. */
  readonly stream: { readonly key: readonly [number, number]; readonly high: readonly [number, number] }
  /** Four uniform 32-bit words of block `counter` (0 <= counter < 2^53). */
  readonly words: (counter: number) => readonly [number, number, number, number]
  /** Uniform in [0, 1), 53 bits; number `i` of this stream. */
  readonly uniform: (i: number) => number
  /** Uniform integer in [0, n), by rejection-free multiply-shift on 53 bits (bias < n / 2^53). */
  readonly below: (i: number, n: number) => number
  /** Fills with standard normal deviates (Box-Muller), element `i` from block `i >> 1`. */
  readonly normals: (length: number) => Float32Array
  /** An independent stream named `label`. */
  readonly fork: (label: string) => Random
}


// 32x32 -> 64 bit multiplication in 16-bit limbs: BigInt costs about 20 times as much in the inner loop.
const mulHi = (a: number, b: number): number => {
  const al = a & 0xffff, ah = a >>> 16, bl = b & 0xffff, bh = b >>> 16
  const mid = ah * bl + ((al * bl) >>> 16)
  const mid2 = al * bh + (mid & 0xffff)
  return (ah * bh + Math.floor(mid / 65536) + Math.floor(mid2 / 65536)) >>> 0
}

/** Philox4x32-10 of one counter block under a two-word key. */
export const philox = (
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] => {
  let [a, b, c, d] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const hi0 = mulHi(0xd2511f53, a), lo0 = Math.imul(0xd2511f53, a) >>> 0
    const hi1 = mulHi(0xcd9e8d57, c), lo1 = Math.imul(0xcd9e8d57, c) >>> 0
    ;[a, b, c, d] = [(hi1 ^ b ^ k0) >>> 0, lo1, (hi0 ^ d ^ k1) >>> 0, lo0]
    k0 = (k0 + 0x9e3779b9) >>> 0
    k1 = (k1 + 0xbb67ae85) >>> 0
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0]
}

/** The stream of `seed`: equal seeds give equal streams on every machine. */
export const random = (seed: string): Random => {
  const digest = hashBytes(seed)
  const key = [parseInt(digest.slice(0, 8), 16), parseInt(digest.slice(8, 16), 16)] as const
  const high = [parseInt(digest.slice(16, 24), 16), parseInt(digest.slice(24, 32), 16)] as const
  const words = (counter: number) => philox([counter >>> 0, Math.floor(counter / 2 ** 32), high[0], high[1]], key)
  const uniform = (i: number): number => {
    const w = words(i)
    return ((w[0] >>> 5) * 67108864 + (w[1] >>> 6)) / 9007199254740992
  }
  return {
    stream: { key, high },
    words,
    uniform,
    below: (i, n) => Math.floor(uniform(i) * n),
    normals: (length) => {
      const out = new Float32Array(length)
      for (let i = 0; i < length; i += 2) {
        const w = words(i >> 1)
        // 1 - u keeps the logarithm's argument in (0, 1].
        const radius = Math.sqrt(-2 * Math.log(1 - w[0] / 4294967296))
        const angle = (2 * Math.PI * w[1]) / 4294967296
        out[i] = radius * Math.cos(angle)
        if (i + 1 < length) out[i + 1] = radius * Math.sin(angle)
      }
      return out
    },
    fork: (label) => random(`${seed}/${label}`),
  }
}
