/**
 * Data on its way up a network, a layer at a time, as RegMean++ sends it through the layers merged so far: what has come out so far is a
 * value, so that no layer is gone through twice.
 */
import { input, linear, makeProgram, matmul, mul, must, ndarray, relu, reshape, withProgram, type Device, type Expr, type NdArray, type Tensors } from "#src"
import { batchesOf, countOf, pick, rowsAt, unitInputs, widthOf, type Examples } from "../../port/examples.ts"
import { biasName, networkInputs, weightName, type Network } from "../../port/network.ts"
import type { Looking } from "./activations.ts"
import { matrix, type Matrix } from "./solve.ts"

export interface Seen {
  /** What goes into the next layer, f32 [n, width]. */
  readonly activations: NdArray<"f32">
  /** Its inner products, [width, width], a mean over examples. */
  readonly gram: Matrix
}

interface Way {
  /** Of a batch, as `batchOf` gives it. */
  readonly from: Expr
  /** f32 [rows, width]. */
  readonly to: Expr
  readonly weights?: { readonly inputs: readonly Expr[]; readonly values: Tensors }
  readonly count: number
  readonly batchOf: (places: readonly number[]) => NdArray
}

/** Inner products of a batch are summed in f32 on the device, over batches in f64. */
const along = (device: Device, { from, to, weights = { inputs: [], values: {} }, count, batchOf }: Way, { looked }: Looking): Promise<Seen> => {
  const [rows, width] = to.shape as [number, number]
  const real = input("real", [rows])
  const kept = mul(to, reshape(real, [rows, 1]))
  const program = makeProgram({ inputs: [...weights.inputs, from, real], outputs: { to, gram: matmul(kept, kept, { transposeA: true }) } })
  return withProgram(device, program, weights.values, async (bound) => {
    const activations = new Float32Array(count * width)
    const total = matrix(width, width)
    for (const batch of batchesOf(count, rows)) {
      looked?.()
      const out = await bound.run({ input: batchOf(batch.places), real: ndarray("f32", [rows], Float32Array.from({ length: rows }, (_, i) => Number(i < batch.count))) })
      activations.set((must(out["to"], "to").data as Float32Array).subarray(0, batch.count * width), must(batch.places[0], "place") * width)
      ;(must(out["gram"], "gram").data as Float32Array).forEach((x, k) => (total.data[k]! += x))
    }
    return { activations: ndarray("f32", [count, width], activations), gram: matrix(width, width, total.data.map((x) => x / count)) }
  })
}

const rowsAtATime = 256

/** What goes into the first layer. */
export const seenExamples = (device: Device, data: Examples, looking: Looking): Promise<Seen> => {
  const from = input("input", [rowsAtATime, widthOf(data)], "u8")
  return along(device, { from, to: unitInputs(from), count: countOf(data), batchOf: (places) => pick(data, places).input }, looking)
}

/** What comes out of a layer, a network of one, that another follows. */
export const throughLayer = (device: Device, { shape, data }: NdArray<"f32">, layer: Network, looking: Looking): Promise<Seen> => {
  const [count, width] = shape as [number, number]
  const from = input("input", [rowsAtATime, width])
  const weights = networkInputs(layer.meta.widths)
  const batchOf = (places: readonly number[]): NdArray => ndarray("f32", [places.length, width], rowsAt(data, width, places))
  const to = relu(linear(from, must(weights[weightName(0)], "weight"), must(weights[biasName(0)], "bias")))
  return along(device, { from, to, weights: { inputs: Object.values(weights), values: layer.tensors }, count, batchOf }, looking)
}
