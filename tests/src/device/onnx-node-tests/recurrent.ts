/** ONNX's recurrent networks as one loop of ours, in one direction. */
import { sigmoid } from "../../../../src/tensor/activation.ts"
import { add, mul, sub, tanh } from "../../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { matmul } from "../../../../src/tensor/linear-algebra.ts"
import { scan } from "../../../../src/tensor/loop.ts"
import { broadcastTo, expandDims, reshape, split, transpose } from "../../../../src/tensor/reshape.ts"
import { constant } from "../../../../src/tensor/source.ts"
import { need, type Site, type Translate, type Translations } from "./translation.ts"

interface State {
  readonly h: Expr
  readonly c: Expr
}
/** Weights of one direction: inputs, recurrence, their biases, peepholes. */
interface Cell {
  readonly w: Expr
  readonly r: Expr
  readonly wb: Expr
  readonly rb: Expr
  readonly p: Expr
}
type Step = (x: Expr, state: State, cell: Cell) => State

const first = (x: Expr): Expr => reshape(x, x.shape.slice(1))
const zeros = (...shape: readonly number[]): Expr => broadcastTo(constant(0), shape)

/** y + b, where y is x times the transposed weights. */
const affine = (x: Expr, w: Expr, b: Expr): Expr => add(matmul(x, w, { transposeB: true }), b)

const recurrent =
  (gates: number, initialCell: number, step: Step): Translate =>
  (site: Site) => {
    need(site.text("direction", "forward") === "forward", "two directions")
    need(!site.has("activations") && !site.has("clip") && site.int("linear_before_reset", 0) === 0, "other forms of cells")
    const batchFirst = site.int("layout", 0) === 1
    const x = batchFirst ? transpose(site.x, [1, 0, 2]) : site.x
    const [length, batch] = x.shape as [number, number]
    const hidden = site.int("hidden_size", 1)
    need(site.known(4)?.every((n) => n === length) ?? true, "sequences of different lengths")
    const given = (i: number, otherwise: () => Expr): Expr => (site.args[i] === undefined ? otherwise() : first(site.arg(i)))
    const [wb, rb] = split(given(3, () => zeros(2 * gates * hidden)), 2) as [Expr, Expr]
    const cell: Cell = { w: first(site.y), r: first(site.arg(2)), wb, rb, p: given(7, () => zeros(3 * hidden)) }
    const carry = { h: given(5, () => zeros(batch, hidden)), c: given(initialCell, () => zeros(batch, hidden)) }
    const { carry: last, out } = scan({ carry, over: { x } }, (state, slice) => {
      const next = step(slice.x, state, cell)
      return { carry: { h: next.h, c: next.c }, out: { y: next.h } }
    })
    // [length, batch, hidden] with an axis for the direction.
    const y = batchFirst ? expandDims(transpose(out.y, [1, 0, 2]), 2) : expandDims(out.y, 1)
    return [y, expandDims(last.h, batchFirst ? 1 : 0)]
  }

const parts = (x: Expr, count: number): readonly Expr[] => split(x, count)

export const recurrentCells: Translations = {
  RNN: recurrent(1, -1, (x, { h, c }, { w, r, wb, rb }) => ({ h: tanh(add(affine(x, w, wb), affine(h, r, rb))), c })),
  GRU: recurrent(3, -1, (x, { h, c }, { w, r, wb, rb }) => {
    const [xz, xr, xh] = parts(affine(x, w, wb), 3) as [Expr, Expr, Expr]
    const [rz, rr, rh] = split(r, 3, 0) as [Expr, Expr, Expr]
    const [bz, br, bh] = parts(rb, 3) as [Expr, Expr, Expr]
    const z = sigmoid(add(xz, affine(h, rz, bz)))
    const reset = sigmoid(add(xr, affine(h, rr, br)))
    const fresh = tanh(add(xh, affine(mul(reset, h), rh, bh)))
    return { h: add(mul(sub(1, z), fresh), mul(z, h)), c }
  }),
  LSTM: recurrent(4, 6, (x, { h, c }, { w, r, wb, rb, p }) => {
    const [i, o, f, g] = parts(add(affine(x, w, wb), affine(h, r, rb)), 4) as [Expr, Expr, Expr, Expr]
    const [pi, po, pf] = parts(p, 3) as [Expr, Expr, Expr]
    const cell = add(mul(sigmoid(add(f, mul(pf, c))), c), mul(sigmoid(add(i, mul(pi, c))), tanh(g)))
    return { h: mul(sigmoid(add(o, mul(po, cell))), tanh(cell)), c: cell }
  }),
}
