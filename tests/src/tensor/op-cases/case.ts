/** What an op case is, and the operands that most ops are tried with. */
import { sizeOf } from "../../../../src/base/ndarray.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import type { Wide } from "../../../support/interpreter.ts"
import { integers, uniform } from "../finite-difference.ts"

/** Operands, and what is made of them. */
export type Case = readonly [inputs: readonly Wide[], f: (a: Expr, b: Expr, c: Expr) => Expr]
/** Cases for every op of a family: one that is forgotten does not compile. */
export type CaseTable<Ops> = { readonly [Op in keyof Ops]: readonly Case[] }

export const u = (...shape: number[]): Wide => uniform(`u${shape.join()}`, shape)
export const v = (...shape: number[]): Wide => uniform(`v${shape.join()}`, shape)
export const positive = (...shape: number[]): Wide => uniform(`p${shape.join()}`, shape, 0.5, 2)
/** All different and at least 0.05 apart, so that no finite difference crosses a tie. */
export const spaced = (...shape: number[]): Wide => ({
  ...u(...shape),
  data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7) % 11) * 0.31 - 1.5 + i * 0.053),
})
export const indices = integers([2, 2], [3, 0, 3, 1])
