/** Small applications: ops that run a program many times. */
import * as e from "../../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { gather } from "../../../../src/tensor/indexing.ts"
import { matmul } from "../../../../src/tensor/linear-algebra.ts"
import { repeat, scan } from "../../../../src/tensor/loop.ts"
import type { LoopOps } from "../../../../src/tensor/op/loop.ts"
import { concat, reshape } from "../../../../src/tensor/reshape.ts"
import { constant } from "../../../../src/tensor/source.ts"
import { u, v, type CaseTable } from "./case.ts"

const joined = (...xs: readonly Expr[]): Expr => concat(xs.map((x) => reshape(x, [-1])), 0)

/** A recurrent network of two units: its last state and all its outputs. */
const network = (reverse: boolean) => (h: Expr, xs: Expr, w: Expr) =>
  scan({ carry: { h }, over: { xs }, reverse }, (s, x) => {
    const next = e.tanh(e.add(matmul(s.h, w), x.xs))
    return { carry: { h: next }, out: { y: e.mul(next, s.h) } }
  })

export const loopCases: CaseTable<LoopOps> = {
  scan: [
    [[u(1, 2), v(3, 1, 2), u(2, 2)], (h, xs, w) => network(false)(h, xs, w).carry.h],
    [[u(1, 2), v(3, 1, 2), u(2, 2)], (h, xs, w) => network(true)(h, xs, w).out.y],
    [[u(1, 2), v(3, 1, 2), u(2, 2)], (h, xs, w) => {
      const { carry, out } = network(true)(h, xs, w)
      return joined(carry.h, e.exp(out.y), h)
    }],
    // One loop traced twice: its results are one value and two expressions.
    [[u(1, 2), v(3, 1, 2), u(2, 2)], (h, xs, w) => {
      const [one, same] = [network(false)(h, xs, w), network(false)(h, xs, w)]
      return joined(e.mul(one.carry.h, e.sin(same.carry.h)), e.mul(one.out.y, same.out.y))
    }],
    // No carry at all; a constant that is computed outside.
    [[u(3, 2), v(2)], (a, b) => scan({ carry: {}, over: { a } }, (_, x) => ({ carry: {}, out: { y: e.mul(x.a, e.sin(b)) } })).out.y],
    // An integer that counts, and picks.
    [[u(4), v()], (a, b) =>
      scan({ carry: { i: constant(3, "i32"), s: b }, length: 4 }, ({ i, s }) => ({
        carry: { i: e.sub(i, 1), s: e.sin(e.add(s, e.mul(s, gather(a, i)))) },
      })).carry.s],
    // A loop in a loop, whose body uses variables of both and of what is around them.
    [[u(2), v(2, 2)], (a, b) =>
      scan({ carry: { a }, over: { b } }, (outer, x) => {
        const inner = repeat(2, { a: outer.a, t: x.b }, (s) => ({ a: e.add(e.mul(s.a, e.cos(s.t)), outer.a), t: e.mul(s.t, a) }))
        return { carry: { a: inner.a }, out: { y: inner.t } }
      }).out.y],
    // One iteration, and none.
    [[u(2)], (a) => repeat(1, { a }, (s) => ({ a: e.exp(s.a) })).a],
    [[u(2), u(0, 2)], (a, none) => scan({ carry: { a }, over: { none } }, (s, x) => ({ carry: { a: e.mul(s.a, x.none) } })).carry.a],
  ],
}
