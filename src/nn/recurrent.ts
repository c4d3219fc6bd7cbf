/**
 * Recurrent networks: cells as pure functions of one moment, and what runs them over a sequence. What a cell takes of the input is one
 * matrix product for all moments together, before the loop; inside stays the product with the state.
 */
import type { Shape } from "../base/ndarray.ts"
import { sigmoid } from "../tensor/activation.ts"
import { add, mul, sub, tanh } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { matmul } from "../tensor/linear-algebra.ts"
import { scan } from "../tensor/loop.ts"
import { split } from "../tensor/reshape.ts"
import { linear } from "./linear.ts"

/** A state by name, f32 [batch, width] each; `h` is what the cell shows. */
export type CellState<Name extends string> = Readonly<Record<Name | "h", Expr>>

/** The next state from what the input says, f32 [batch, parts width], and the weights of the state. */
export type Cell<Name extends string> = (state: CellState<Name>, says: Expr, weights: CellWeights) => CellState<Name>

/** `parts` is 1 for a simple cell, 3 for a GRU, 4 for an LSTM; gates lie side by side in this order. */
export interface CellWeights {
  /** f32 [in, parts width]. */
  readonly input: Expr
  /** f32 [width, parts width]. */
  readonly state: Expr
  /** f32 [parts width]. */
  readonly bias: Expr
}

/** Shapes of a cell's weights. */
export const cellShapes = (inputs: number, width: number, parts: 1 | 3 | 4): Readonly<Record<keyof CellWeights, Shape>> => ({
  input: [inputs, parts * width],
  state: [width, parts * width],
  bias: [parts * width],
})

/** h' = tanh(x W + b + h U) (Elman, "Finding structure in time", 1990). */
export const simpleCell: Cell<never> = ({ h }, says, { state }) => ({ h: tanh(add(says, matmul(h, state))) })

/**
 * Long short-term memory (Hochreiter & Schmidhuber, 1997) with a forget gate (Gers et al., 2000), gates i, f, g, o:
 * c' = sigmoid(f) c + sigmoid(i) tanh(g), h' = sigmoid(o) tanh(c'). A bias of 1 for f lets a new network remember.
 */
export const lstmCell: Cell<"c"> = ({ h, c }, says, { state }) => {
  const [i, f, g, o] = split(add(says, matmul(h, state)), 4) as [Expr, Expr, Expr, Expr]
  const memory = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)))
  return { h: mul(sigmoid(o), tanh(memory)), c: memory }
}

/**
 * Gated recurrent unit (Cho et al., arXiv 1406.1078), gates r, z, n, the reset after the product as in the first version of that paper:
 * h' = (1 - sigmoid(z)) tanh(n_x + sigmoid(r) n_h) + sigmoid(z) h, where n_x is what the input says and n_h what the state says.
 */
export const gruCell: Cell<never> = ({ h }, says, { state }) => {
  const [ri, zi, ni] = split(says, 3) as [Expr, Expr, Expr]
  const [rh, zh, nh] = split(matmul(h, state), 3) as [Expr, Expr, Expr]
  const keep = sigmoid(add(zi, zh))
  const fresh = tanh(add(ni, mul(sigmoid(add(ri, rh)), nh)))
  return { h: add(mul(sub(1, keep), fresh), mul(keep, h)) }
}

/**
 * A cell over a sequence: `xs` f32 [length, batch, in] -> `h` of every moment, f32 [length, batch, width], and the state after the last
 * (the first, if `reverse`).
 */
export const recurrent = <Name extends string>(
  cell: Cell<Name>,
  xs: Expr,
  start: CellState<Name>,
  weights: CellWeights,
  { reverse = false }: { readonly reverse?: boolean } = {},
): { readonly outputs: Expr; readonly state: CellState<Name> } => {
  const says = linear(xs, weights.input, weights.bias)
  const { carry, out } = scan<Name | "h", "says", "h">({ carry: start, over: { says }, reverse }, (state, x) => {
    const next = cell(state, x.says, weights)
    return { carry: next, out: { h: next.h } }
  })
  return { outputs: out.h, state: carry }
}
