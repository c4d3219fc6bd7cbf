/** Generated cases: random bits. Keys and counters of any value, batches of both that broadcast. */
import fc from "fast-check"
import type { RandomOps } from "../../../../src/tensor/op/random.ts"
import { ints } from "../conformance/values.ts"
import { type GeneratedTable, row, shapePair } from "./arbitrary.ts"

export const randomness: GeneratedTable<RandomOps> = {
  random_bits: row(
    { shapes: shapePair({ rank: [0, 3], most: 60 }), stream: fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(2 ** 32 - 1)) },
    ({ shapes: [keys, counters], stream }, random) => ({
      attrs: { stream },
      args: [ints(random.fork("key"), [...keys, 4], 0, 2 ** 16), ints(random.fork("counter"), counters, 0, 2 ** 24)],
    }),
  ),
}
