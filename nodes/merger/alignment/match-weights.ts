/**
 * Git Re-Basin's weight matching (Ainsworth et al., arXiv 2209.04836, section 3.2): orders of the hidden units of b for which its weights
 * lie closest to those of a. One hidden layer at a time, in random order, an assignment problem whose gains are the inner products of
 * all weights that touch the unit; until a round improves nothing. A local optimum: with several hidden layers it may miss a
 * permutation that is there.
 */
import type { Random } from "#src"
import { biasName, layersOf, tensorOf, weightName, type Network } from "../../port/network.ts"
import { assign } from "./assignment.ts"
import { identityOrders, reordered, type Orders } from "./permute.ts"

const mostRounds = 100

/** `A^T B` added to `out`, of matrices with as many rows. */
const addProduct = (out: Float64Array, a: Float32Array, b: Float32Array, rows: number, columns: number): void => {
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < columns; i++) {
      const by = a[r * columns + i]!
      if (by === 0) continue
      for (let j = 0; j < columns; j++) out[i * columns + j]! += by * b[r * columns + j]!
    }
  }
}

const flipped = (data: Float32Array, rows: number, columns: number): Float32Array =>
  Float32Array.from({ length: data.length }, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]!)

/** Gains of putting unit j of b in place i of a, at hidden layer `l` (between maps l and l + 1). */
const gains = (a: Network, b: Network, orders: Orders, l: number): Float64Array => {
  const [before, width, behind] = a.meta.widths.slice(l, l + 3) as [number, number, number]
  const out = new Float64Array(width * width)
  const incoming = reordered(tensorOf(b, weightName(l)), orders[l - 1], undefined)
  addProduct(out, tensorOf(a, weightName(l)).data, incoming.data, before, width)
  addProduct(out, tensorOf(a, biasName(l)).data, tensorOf(b, biasName(l)).data, 1, width)
  const outgoing = reordered(tensorOf(b, weightName(l + 1)), undefined, orders[l + 1])
  addProduct(out, flipped(tensorOf(a, weightName(l + 1)).data, width, behind), flipped(outgoing.data, width, behind), behind, width)
  return out
}

const gainOf = (all: Float64Array, order: readonly number[]): number => order.reduce((sum, j, i) => sum + all[i * order.length + j]!, 0)

/** For each place of a, the unit of b that belongs there. */
export const matchWeights = (a: Network, b: Network, random: Random): Orders => {
  const hidden = layersOf(a.meta.widths) - 1
  const orders = identityOrders(a.meta.widths).map((order) => [...order])
  for (let round = 0; round < mostRounds; round++) {
    let improved = false
    const turn = random.fork(`${round}`)
    const layers = Array.from({ length: hidden }, (_, l) => [turn.uniform(l), l] as const).sort(([x], [y]) => x - y)
    for (const [, l] of layers) {
      const all = gains(a, b, orders, l)
      const order = [...assign(all, (orders[l] as number[]).length)]
      if (gainOf(all, order) > gainOf(all, orders[l] as number[]) + 1e-12) {
        orders[l] = order
        improved = true
      }
    }
    if (!improved) break
  }
  return orders
}
