/** Networks with their hidden units in another order: the same function. */
import { ndarray, type NdArray } from "#src"
import { biasName, layersOf, tensorOf, weightName, type Network } from "../../port/network.ts"

/** For each hidden layer the unit that comes to each place. */
export type Orders = readonly (readonly number[])[]

export const identityOrders = (widths: readonly number[]): Orders => widths.slice(1, -1).map((width) => Array.from({ length: width }, (_, i) => i))

/** Rows and columns taken in another order; undefined leaves them. */
export const reordered = ({ shape, data }: NdArray<"f32">, rows: readonly number[] | undefined, columns: readonly number[] | undefined): NdArray<"f32"> => {
  const [height, width] = [shape[0] as number, shape[1] ?? 1]
  const out = new Float32Array(data.length)
  for (let r = 0; r < height; r++) for (let c = 0; c < width; c++) out[r * width + c] = data[(rows?.[r] ?? r) * width + (columns?.[c] ?? c)]!
  return ndarray("f32", shape, out)
}

export const permuted = (of: Network, orders: Orders): Network => {
  const layers = layersOf(of.meta.widths)
  const tensors = Array.from({ length: layers }, (_, l) => [
    [weightName(l), reordered(tensorOf(of, weightName(l)), orders[l - 1], orders[l])] as const,
    [biasName(l), reordered(tensorOf(of, biasName(l)), orders[l], undefined)] as const,
  ]).flat()
  return { meta: of.meta, tensors: Object.fromEntries(tensors) }
}
