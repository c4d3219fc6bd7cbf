/** Small applications: ops that compute nothing and steer transformations. */
import * as e from "../../../../src/tensor/elementwise.ts"
import { checkpoint } from "../../../../src/tensor/checkpoint.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { gather } from "../../../../src/tensor/indexing.ts"
import { matmul } from "../../../../src/tensor/linear-algebra.ts"
import { reduceSum } from "../../../../src/tensor/reduce.ts"
import { reshape } from "../../../../src/tensor/reshape.ts"
import type { ControlOps } from "../../../../src/tensor/op/control.ts"
import { indices, u, v, type CaseTable } from "./case.ts"

const twice = checkpoint(({ x }) => e.mul(e.sin(e.exp(x as Expr)), x as Expr))

export const controlCases: CaseTable<ControlOps> = {
  stop_gradient: [[[u(3)], (a) => e.add(e.mul(a, 2), e.sub(e.stopGradient(a), e.stopGradient(a)))]],
  straight_through: [[[u(3)], (a) => e.mul(e.straightThrough(e.mul(a, 2), e.mul(a, 2)), a)]],
  after: [
    [[u(3), v(2)], (a, b) => e.mul(e.after(e.sin(a), b), reduceSum(b))],
    [[u(2, 3), u()], (a, b) => e.after(e.mul(a, b), b)],
  ],
  checkpoint: [
    [[u(3)], (a) => twice({ x: e.mul(a, 2) })],
    [[u(2, 3), v(3, 2)], (a, b) => e.exp(checkpoint(({ x }) => e.tanh(matmul(e.sin(x as Expr), e.mul(b, 2))))({ x: a }))],
    [[u(2, 3), v(3)], (a, b) => checkpoint(({ x, y }) => e.mul(twice({ x: e.mul(x as Expr, y as Expr) }), e.sin(y as Expr)))({ x: e.neg(a), y: b })],
    [[u(2, 3)], (a) => checkpoint(({ x }) => e.sin(reshape(e.mul(x as Expr, 3), [6])))({ x: reshape(e.mul(a, 2), [3, 2]) })],
    [[u(4, 3), indices], (a, i) => checkpoint(({ x, i }) => e.square(gather(x as Expr, i as Expr)))({ x: e.sin(a), i })],
  ],
}
