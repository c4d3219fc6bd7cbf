/** Networks with their units in another order: the same function. */
import { must, ndarray, type NdArray, type Tensors } from "#src"
import type { Network } from "../../port/network.ts"
import { networkLayout, type Axis, type Layout, type Orders } from "./layout.ts"

/** Where each place along an axis comes from. */
const sourcesOf = (axis: Axis, extent: number, orders: Orders): readonly number[] => {
  if (axis.length === 0) return Array.from({ length: extent }, (_, i) => i)
  let from = 0
  return axis.flatMap((units) => {
    const order = must(orders.get(units), `order of ${units}`)
    from += order.length
    return order.map((unit) => from - order.length + unit)
  })
}

/** A tensor with the units along its axes in another order. */
export const reordered = ({ shape, data }: NdArray<"f32">, axes: readonly Axis[], orders: Orders): NdArray<"f32"> => {
  // Axis by axis: the place that an element has among those of the axes so far.
  let places = new Int32Array(1)
  for (const [k, extent] of shape.entries()) {
    const along = sourcesOf(axes[k] as Axis, extent, orders)
    const before = places
    places = new Int32Array(before.length * extent)
    for (let i = 0; i < before.length; i++) for (let j = 0; j < extent; j++) places[i * extent + j] = before[i]! * extent + along[j]!
  }
  const out = new Float32Array(data.length)
  for (let i = 0; i < out.length; i++) out[i] = data[places[i]!]!
  return ndarray("f32", shape, out)
}

export const permutedTensors = (tensors: Tensors, { axes }: Layout, orders: Orders): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, axes.has(name) ? reordered(tensor as NdArray<"f32">, axes.get(name) as readonly Axis[], orders) : tensor]))

/** A chain of linear maps; `orders` of its hidden layers, from the first. */
export const permuted = ({ meta, tensors }: Network, orders: readonly (readonly number[])[]): Network => ({
  meta,
  tensors: permutedTensors(tensors, networkLayout(meta.widths), new Map(orders.map((order, l) => [`${l}`, order]))),
})
