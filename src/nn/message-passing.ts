/**
 * Propagation on sparse graphs: each node combines what its neighbours send along the edges. A graph is a list of edges;
 * an undirected one lists each edge both ways. Layers are the affine parts: what comes between them (a rectifier, dropout) is
 * the caller's. Nodes without neighbours keep what is their own.
 */
import { must } from "../base/assert.ts"
import { add, max, mul, rsqrt } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { gather } from "../tensor/indexing.ts"
import { reduceSum } from "../tensor/reduce.ts"
import { concat, expandDims, reshape } from "../tensor/reshape.ts"
import { segmentMean, segmentSize, segmentSoftmax, segmentSum } from "../tensor/segment.ts"
import { iota } from "../tensor/source.ts"
import { TraceError } from "../tensor/trace-error.ts"
import { linear } from "./linear.ts"

/** i32 [edges] each: where an edge comes from and where it leads. */
export interface Edges {
  readonly sources: Expr
  readonly targets: Expr
}

const countOf = (nodes: Expr): number => must(nodes.shape[0], "nodes")

/** The same edges and one from each of `count` nodes to itself. */
export const withSelfLoops = ({ sources, targets }: Edges, count: number): Edges => {
  const own = iota([count])
  return { sources: concat([sources, own]), targets: concat([targets, own]) }
}

/**
 * Graph convolution (Kipf & Welling, arXiv 1609.02907, eq. 2): D^-1/2 (A + I) D^-1/2 X W, D the degrees of A + I. The
 * loops of I are added here.
 * @param nodes f32 [n, in]; `weight` f32 [in, out]; `bias` f32 [out]
 */
export const graphConvolution = (nodes: Expr, { sources, targets }: Edges, weight: Expr, bias?: Expr): Expr => {
  const count = countOf(nodes)
  const scale = expandDims(rsqrt(add(segmentSize(targets, count), 1)), 1)
  const sent = mul(linear(nodes, weight), scale)
  const received = mul(add(segmentSum(gather(sent, sources), targets, count), sent), scale)
  return bias === undefined ? received : add(received, bias)
}

/** f32 [in, out] each, and a bias [out]. */
export interface SageWeights {
  readonly own: Expr
  readonly neighbours: Expr
  readonly bias?: Expr
}

/**
 * GraphSAGE with the mean aggregator (Hamilton et al., arXiv 1706.02216, algorithm 1, line 5): a map of the node beside the mean of
 * its neighbours; their concatenation times one matrix is the sum of two products.
 * @param nodes f32 [n, in] -> f32 [n, out]
 */
export const graphSage = (nodes: Expr, { sources, targets }: Edges, { own, neighbours, bias }: SageWeights): Expr =>
  add(linear(nodes, own, bias), linear(segmentMean(gather(nodes, sources), targets, countOf(nodes)), neighbours))

/** `weight` f32 [in, heads * width]; `source`, `target` f32 [heads, width], the two halves of the attention vector; `bias` f32 [heads * width]. */
export interface GraphAttentionWeights {
  readonly weight: Expr
  readonly source: Expr
  readonly target: Expr
  readonly bias?: Expr
}

/**
 * Graph attention (Velickovic et al., arXiv 1710.10903, eq. 1-5): neighbours and the node itself, weighted by a softmax of
 * LeakyReLU(a . [W x_target, W x_source]) with a slope of 0.2, once a head; heads side by side.
 * @param nodes f32 [n, in] -> f32 [n, heads * width]
 */
export const graphAttention = (nodes: Expr, edges: Edges, { weight, source, target, bias }: GraphAttentionWeights): Expr => {
  const count = countOf(nodes)
  const [heads, width] = source.shape as readonly [number, number]
  if (weight.shape[1] !== heads * width) throw new TraceError("graphAttention", [weight, source], `a weight to ${heads} heads of ${width}`)
  const { sources, targets } = withSelfLoops(edges, count)
  const mapped = reshape(linear(nodes, weight), [count, heads, width])
  const part = (vector: Expr, ends: Expr): Expr => gather(reduceSum(mul(mapped, vector), -1), ends)
  const scores = add(part(target, targets), part(source, sources))
  const shares = segmentSoftmax(max(scores, mul(scores, 0.2)), targets, count)
  const received = reshape(segmentSum(mul(gather(mapped, sources), expandDims(shares, -1)), targets, count), [count, heads * width])
  return bias === undefined ? received : add(received, bias)
}

/**
 * What a graph isomorphism network (Xu et al., arXiv 1810.00826, eq. 4.1) gives its perceptron: (1 + epsilon) x plus the sum of the
 * neighbours, which tells apart what a mean or a maximum cannot.
 * @param nodes f32 [n, in]; `epsilon` f32 [] or a number
 */
export const graphIsomorphism = (nodes: Expr, { sources, targets }: Edges, epsilon: Expr | number = 0): Expr =>
  add(mul(nodes, typeof epsilon === "number" ? 1 + epsilon : add(epsilon, 1)), segmentSum(gather(nodes, sources), targets, countOf(nodes)))
