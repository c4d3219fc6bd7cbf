/**
 * The linear growth operator (LiGO, Wang et al., ICLR 2023, arXiv 2303.00980, section 3): weights of a larger model as M(small), M = L R factorised
 * into width R and depth L, and R once more by Kronecker's rule. Of one weight, as `y = x W`, f32 [in, out],
 *
 *   W'_l = sum_j depth[l, j] * (A_j W_j B_j^T) / times
 *
 * with A [in', in] and B [out', out] tied so that what one weight says the next one reads: `stream` for everything that reads or writes the
 * residual stream, one for all blocks; `query`, `key`, `value` and `hidden` of each block. The division keeps the operator of copies
 * (`wider.ts`) a function-preserving one (Net2WiderNet), and one-hot rows of `depth` are stacking. The substrate is frozen, and is
 * lifted by copies, which the paper's operator learns too.
 */
import { matmul, must, mul, ndarray, reshape, slice, stack, type Expr, type Exprs, type GptConfig, type Random, type Tensors } from "#src"
import { heads, units, type Copies } from "./wider.ts"

/** A width operator of each axis of a weight; none for vocabulary, and for the rows of a vector. */
const axes: { readonly [weight: string]: readonly [rows: string | undefined, columns: string | undefined] } = {
  "norm1/scale": [undefined, "stream"],
  "norm1/bias": [undefined, "stream"],
  "attention/query": ["stream", "query"],
  "attention/key": ["stream", "key"],
  "attention/value": ["stream", "value"],
  "attention/out": ["value", "stream"],
  "norm2/scale": [undefined, "stream"],
  "norm2/bias": [undefined, "stream"],
  "mlp/up": ["stream", "hidden"],
  "mlp/up_bias": [undefined, "hidden"],
  "mlp/down": ["hidden", "stream"],
  "mlp/down_bias": [undefined, "stream"],
}

const widthName = (block: number, axis: string): string => (axis === "stream" ? "width/stream" : `width/${block}/${axis}`)
const depthName = (weight: string): string => `depth/${weight}`

/** The operator before it is learned: copies in width, the stack over and over in depth, and normal noise of deviation `noise` on all of it. */
export const startOperator = (small: GptConfig, large: GptConfig, noise: number, random: Random): Tensors => {
  const times = large.width / small.width
  const made = (name: string, wide: number, narrow: number, copies: Copies) => {
    const data = random.fork(name).normals(wide * narrow).map((x) => x * noise)
    for (let i = 0; i < wide; i++) data[i * narrow + copies(i).of]! += 1
    return [name, ndarray("f32", [wide, narrow], data)] as const
  }
  const width = (block: number, axis: string, copies: Copies, n = 1) => made(widthName(block, axis), n * large.width, n * small.width, copies)
  const head = heads(times, small.width / small.heads)
  return Object.fromEntries([
    width(0, "stream", units(times)),
    ...Array.from({ length: small.blocks }, (_, j) => [...["query", "key", "value"].map((axis) => width(j, axis, head)), width(j, "hidden", units(times), 4)]).flat(),
    ...Object.keys(axes).map((weight) => made(depthName(weight), large.blocks, small.blocks, (l) => ({ of: l % small.blocks, copy: 0 }))),
  ])
}

/** The weights of the large model, by its names. `given`: the operator and the weights of the small model. */
export const grownWeights = (small: GptConfig, large: GptConfig, given: Exprs): Exprs => {
  const of = (name: string): Expr => must(given[name], name)
  const times = large.width / small.width
  const widened = (weight: Expr, rows: Expr | undefined, columns: Expr | undefined): Expr => {
    const flat = weight.shape.length === 1 ? reshape(weight, [1, -1]) : weight
    const out = columns === undefined ? flat : matmul(flat, columns, { transposeB: true })
    return rows === undefined ? out : mul(matmul(rows, out), 1 / times)
  }
  const blocks = Object.entries(axes).flatMap(([weight, [rows, columns]]) => {
    const operator = (j: number, axis: string | undefined) => (axis === undefined ? undefined : of(widthName(j, axis)))
    const wide = Array.from({ length: small.blocks }, (_, j) => widened(of(`block/${j}/${weight}`), operator(j, rows), operator(j, columns)))
    const shape = rows === undefined ? [-1] : (wide[0] as Expr).shape
    const deep = matmul(of(depthName(weight)), reshape(stack(wide), [small.blocks, -1]))
    return Array.from({ length: large.blocks }, (_, l) => [`block/${l}/${weight}`, reshape(slice(deep, { axis: 0, start: l, end: l + 1 }), shape)] as const)
  })
  const stream = of("width/stream")
  return {
    ...Object.fromEntries(blocks),
    ...Object.fromEntries(["norm/scale", "norm/bias"].map((name) => [name, reshape(widened(of(name), undefined, stream), [-1])])),
    "head/weight": widened(of("head/weight"), stream, undefined),
    "head/bias": of("head/bias"),
  }
}
