/** Generated cases: ops that run a program many times. */
import fc from "fast-check"
import { add, cast, mul, tanh } from "../../../../src/tensor/elementwise.ts"
import { scan } from "../../../../src/tensor/loop.ts"
import type { LoopOps } from "../../../../src/tensor/op/loop.ts"
import { reduceSum } from "../../../../src/tensor/reduce.ts"
import { casesOf } from "../conformance/loop.ts"
import { floats, ints } from "../conformance/values.ts"
import { type GeneratedTable, pick, row, shape } from "./arbitrary.ts"

export const loop: GeneratedTable<LoopOps> = {
  scan: row({ shape: shape({ most: 40 }), length: fc.integer({ min: 1, max: 12 }), reverse: fc.boolean(), pick }, ({ shape, length, reverse, pick }, random) => {
    const arrays = { h: floats(random, shape), w: floats(random.fork("w"), shape), xs: floats(random.fork("x"), [length, ...shape]), n: ints(random, [], -3, 3) }
    const cases = casesOf(arrays, (x) =>
      scan({ carry: { h: x["h"]!, n: x["n"]! }, over: { x: x["xs"]! }, reverse }, (s, slice) => {
        const h = tanh(add(mul(s.h, x["w"]!), mul(slice.x, cast(s.n, "f32"))))
        return { carry: { h, n: add(s.n, 1) }, out: { y: mul(h, slice.x), sum: reduceSum(h) } }
      }),
    )
    return cases[pick % cases.length]!
  }),
}
