/**
 * Git Re-Basin's weight matching (Ainsworth et al., arXiv 2209.04836, section 3.2): orders of the units of b for which its weights lie
 * closest to those of a. Units of one name at a time, in random order, an assignment problem whose gains are the inner products of all
 * weights that touch the unit; until a round improves nothing. A local optimum: with several hidden layers it may miss a permutation that
 * is there. Of a tensor that has the same units along two axes (a recurrent one) the other axis keeps the order it has, and what is found
 * is taken only where the inner product of all weights is larger for it. It begins from the order that is there, never from what was found for
 * another network: another beginning may end in another optimum.
 */
import { must, type NdArray, type Random, type Tensors } from "#src"
import type { Network } from "../../port/network.ts"
import { assign } from "./assignment.ts"
import { identityOrders, networkLayout, type Layout, type Orders } from "./layout.ts"
import { reordered } from "./permute.ts"

const mostRounds = 100

const floats = (tensors: Tensors, name: string): NdArray<"f32"> => must(tensors[name], name) as NdArray<"f32">
const product = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1)

/** Adds, for i and j of `n` places along an axis from `from` on, the inner product of a's slice at i and b's at j. */
const addGains = (out: Float64Array, n: number, { shape, data: x }: NdArray<"f32">, { data: y }: NdArray<"f32">, axis: number, from: number): void => {
  const [outer, extent, inner] = [product(shape.slice(0, axis)), shape[axis] as number, product(shape.slice(axis + 1))]
  const row = new Float64Array(n)
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < inner; k++) {
      const start = (o * extent + from) * inner + k
      for (let j = 0; j < n; j++) row[j] = y[start + j * inner]!
      for (let i = 0; i < n; i++) {
        const by = x[start + i * inner]!
        for (let j = 0; j < n; j++) out[i * n + j]! += by * row[j]!
      }
    }
  }
}

/** Gains of putting unit j of b in place i of a. */
const gainsOf = (a: Tensors, b: Tensors, { axes, sizes }: Layout, orders: Orders, units: string): Float64Array => {
  const n = must(sizes.get(units), units)
  const out = new Float64Array(n * n)
  for (const [name, of] of axes) {
    of.forEach((axis, k) => {
      if (!axis.includes(units)) return
      const others = reordered(floats(b, name), of.map((other, l) => (l === k ? [] : other)), orders)
      axis.forEach((segment, s) => {
        if (segment === units) addGains(out, n, floats(a, name), others, k, axis.slice(0, s).reduce((sum, before) => sum + must(sizes.get(before), before), 0))
      })
    })
  }
  return out
}

/** Inner product of a's weights and those of b in an order, over the tensors that have the units. */
const agreement = (a: Tensors, b: Tensors, { axes }: Layout, orders: Orders, units: string): number => {
  let sum = 0
  for (const [name, of] of axes) {
    if (!of.some((axis) => axis.includes(units))) continue
    const [x, y] = [floats(a, name).data, reordered(floats(b, name), of, orders).data]
    for (let k = 0; k < x.length; k++) sum += x[k]! * y[k]!
  }
  return sum
}

/** For each place of a, the unit of b that belongs there. Tensors f32 of the same shapes. */
export const matchWeights = (a: Tensors, b: Tensors, layout: Layout, random: Random): Orders => {
  let orders = identityOrders(layout)
  for (let round = 0; round < mostRounds; round++) {
    let improved = false
    const turn = random.fork(`${round}`)
    const all = [...layout.sizes].map(([units, n], i) => [turn.uniform(i), units, n] as const).sort(([x], [y]) => x - y)
    for (const [, units, n] of all) {
      const found = new Map(orders).set(units, assign(gainsOf(a, b, layout, orders, units), n))
      const [before, after] = [orders, found].map((of) => agreement(a, b, layout, of, units)) as [number, number]
      if (after <= before + 1e-12) continue
      orders = found
      improved = true
    }
    if (!improved) break
  }
  return orders
}

/** Of chains of linear maps: the orders of hidden layers, from the first. */
export const matchNetworks = (a: Network, b: Network, random: Random): readonly (readonly number[])[] => [
  ...matchWeights(a.tensors, b.tensors, networkLayout(a.meta.widths), random).values(),
]
