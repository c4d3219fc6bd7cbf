/**
 * REPAIR (Jordan et al., arXiv 2211.08403): what averaging does to the spread of activations is undone. Each hidden unit of the merged
 * network is scaled and shifted so that its mean and deviation over some data lie between those of the networks it came from, layer
 * by layer, each measured behind the layers that are already mended.
 */
import { ndarray, type Device } from "#src"
import type { Examples } from "../../port/examples.ts"
import { biasName, layersOf, tensorOf, weightName, type Network } from "../../port/network.ts"
import { inputGrams, type Looking } from "../with-data/activations.ts"
import type { Matrix } from "../with-data/solve.ts"

interface Moments {
  readonly mean: Float64Array
  readonly deviation: Float64Array
}

/** Of what comes out of map `l`, before the rectifier, from the Gram matrix of [its inputs, 1]. */
export const outputMoments = (of: Network, l: number, gram: Matrix): Moments => {
  const [rows, columns] = of.meta.widths.slice(l, l + 2) as [number, number]
  const [weight, bias] = [tensorOf(of, weightName(l)).data, tensorOf(of, biasName(l)).data]
  const mean = new Float64Array(columns)
  const deviation = new Float64Array(columns)
  const spread = new Float64Array(rows)
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) {
      let sum = 0
      for (let k = 0; k < rows; k++) sum += (gram.data[i * gram.columns + k]! - gram.data[i * gram.columns + rows]! * gram.data[k * gram.columns + rows]!) * weight[k * columns + j]!
      spread[i] = sum
    }
    let [m, v] = [bias[j]!, 0]
    for (let i = 0; i < rows; i++) {
      m += gram.data[i * gram.columns + rows]! * weight[i * columns + j]!
      v += spread[i]! * weight[i * columns + j]!
    }
    mean[j] = m
    deviation[j] = Math.sqrt(Math.max(v, 0))
  }
  return { mean, deviation }
}

/** Columns of map `l` scaled and its biases moved, so that outputs have the wanted moments; a unit that never changes is only moved. */
const mended = (of: Network, l: number, now: Moments, wanted: Moments): Network => {
  const { shape, data } = tensorOf(of, weightName(l))
  const columns = shape[1] as number
  const scale = now.deviation.map((s, j) => (s > 1e-12 ? wanted.deviation[j]! / s : 1))
  const bias = tensorOf(of, biasName(l)).data
  return {
    meta: of.meta,
    tensors: {
      ...of.tensors,
      [weightName(l)]: ndarray("f32", shape, Float32Array.from(data, (x, k) => x * scale[k % columns]!)),
      [biasName(l)]: ndarray("f32", [columns], Float32Array.from(bias, (x, j) => wanted.mean[j]! + (x - now.mean[j]!) * scale[j]!)),
    },
  }
}

/** @param ends the two networks, aligned, with the Gram matrices that `inputGrams` gives of each; `share` of the second */
export const repaired = async (device: Device, merged: Network, ends: readonly [Network, Network], grams: readonly [readonly Matrix[], readonly Matrix[]], share: number, data: Examples, looking: Looking = {}): Promise<Network> => {
  let now = merged
  for (let l = 0; l + 1 < layersOf(merged.meta.widths); l++) {
    const [a, b] = ends.map((end, i) => outputMoments(end, l, grams[i]?.[l] as Matrix)) as [Moments, Moments]
    const between = (x: Float64Array, y: Float64Array): Float64Array => x.map((v, j) => (1 - share) * v + share * y[j]!)
    const own = await inputGrams(device, [now], data, looking)
    now = mended(now, l, outputMoments(now, l, own[l] as Matrix), { mean: between(a.mean, b.mean), deviation: between(a.deviation, b.deviation) })
  }
  return now
}
