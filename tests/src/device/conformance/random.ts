/** Conformance cases of random bits. */
import { ndarray } from "../../../../src/base/ndarray.ts"
import type { OpName } from "../../../../src/tensor/op.ts"
import type { CaseTable } from "./case.ts"
import { ints } from "./values.ts"

const i32 = (...values: readonly number[]) => ndarray("i32", [values.length], Int32Array.from(values))

export const randomCases = {
  random_bits: (random) => [
    { attrs: { stream: 0 }, args: [i32(0, 0, 0, 0), i32(0, 1, 2)] },
    { attrs: { stream: 1 }, args: [i32(65535, 65535, 65535, 65535), i32(0, 1, 2, 2 ** 24 - 1)] },
    { attrs: { stream: 0xfedcba98 }, args: [ints(random.fork("key"), [4], 0, 65536), ints(random.fork("counter"), [3, 5], 0, 2 ** 24)] },
    { attrs: { stream: 2 }, args: [ints(random.fork("keys"), [3, 1, 4], 0, 65536), ints(random.fork("few"), [5], 0, 99)] },
    { attrs: { stream: 2 }, args: [ints(random.fork("many"), [2, 3, 4], 0, 65536), ndarray("i32", [], Int32Array.of(7))] },
    { attrs: { stream: 0 }, args: [i32(1, 2, 3, 4), ints(random, [0], 0, 1)] },
  ],
} satisfies Partial<CaseTable<OpName>>
