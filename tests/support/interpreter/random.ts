/** Philox4x32-10 in big integers, straight from the paper: 64-bit products, their halves swapped and mixed with the key. */
import type { RandomOps } from "../../../src/tensor/op/random.ts"
import { build, stretchedAt, type Rows } from "./wide.ts"

const word = 2n ** 32n

type Words = readonly [bigint, bigint, bigint, bigint]

const philox = (counter: Words, key: readonly [bigint, bigint]): Words => {
  let [a, b, c, d] = counter
  for (let round = 0n; round < 10n; round++) {
    const [left, right] = [0xd2511f53n * a, 0xcd9e8d57n * c]
    const [k0, k1] = [(key[0] + round * 0x9e3779b9n) % word, (key[1] + round * 0xbb67ae85n) % word]
    ;[a, b, c, d] = [(right / word) ^ b ^ k0, right % word, (left / word) ^ d ^ k1, left % word]
  }
  return [a, b, c, d]
}

export const randomRows: Rows<RandomOps> = {
  random_bits: ({ step, attrs, x, y }) =>
    build(step, (index) => {
      const batch = index.slice(0, -1)
      const half = (i: number): bigint => BigInt(stretchedAt(x, [...batch, i]))
      const key = [half(0) + 65536n * half(1), half(2) + 65536n * half(3)] as const
      const words = philox([BigInt(stretchedAt(y, batch)), BigInt(attrs.stream), 0n, 0n], key)
      return Number(words[index.at(-1) as 0 | 1 | 2 | 3] >> 8n)
    }),
}
