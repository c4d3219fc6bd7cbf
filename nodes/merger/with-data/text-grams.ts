/**
 * What goes into the linear maps of language models when they look at text: inner products over tokens, f64. A linear map is whatever the model
 * multiplies by a whole weight, and what goes into it is the other side of that product.
 */
import { input, linearInputs, makeProgram, matmul, mul, reshape, withProgram, type Device, type Expr, type Exprs, type NdArray, type Tensors } from "#src"
import type { Model } from "../../port/model.ts"
import { modelInputs } from "../../port/model-inputs.ts"
import type { Substrate } from "../../port/substrate.ts"
import { packWindows, type Window } from "../../port/windows.ts"
import { matrix, type Matrix } from "./solve.ts"
import { realTokens } from "./text-windows.ts"

/** Windows looked at at a time. */
export const windowsAtATime = 8

/** Some windows, on their way through a model or a part of it. */
export interface Way {
  /** The input `from`, [windows at a time, context, ...], and what comes of it and the weights. */
  readonly from: Expr
  readonly to: Expr
  readonly weights: Exprs
  readonly values: Tensors
  /** Tokens of each window. */
  readonly lengths: readonly number[]
  /** `from` of the windows from that one on. */
  readonly batchOf: (first: number) => NdArray
  /** Before each few windows. */
  readonly looked: (windows: number) => void
}

/** Of each linear map on the way, by name, means over tokens: summed in f32 over a few windows, over all in f64. */
export const gramsAlong = (device: Device, { from, to, weights, values, lengths, batchOf, looked }: Way): Promise<ReadonlyMap<string, Matrix>> => {
  const [rows, context] = from.shape as readonly [number, number]
  const real = input("real", [rows, context])
  const gram = (x: Expr): Expr => matmul(mul(x, reshape(real, [-1, 1])), x, { transposeA: true })
  const maps = Object.entries(linearInputs(to, weights))
  const program = makeProgram({ inputs: [...Object.values(weights), from, real], outputs: Object.fromEntries(maps.map(([name, x]) => [`gram/${name}`, gram(x)])) })
  return withProgram(device, program, values, async (bound) => {
    const sums = new Map<string, Matrix>()
    const tokens = lengths.reduce((sum, length) => sum + length, 0)
    for (let first = 0; first < lengths.length; first += rows) {
      looked(first)
      const out = await bound.run({ from: batchOf(first), real: realTokens(lengths.slice(first, first + rows), rows, context) })
      for (const [name, { shape: [n = 0], data }] of Object.entries(out)) {
        const sum = sums.get(name) ?? matrix(n, n)
        data.forEach((x, k) => (sum.data[k]! += (x as number) / tokens))
        sums.set(name, sum)
      }
    }
    return new Map([...sums].map(([name, sum]) => [name.slice("gram/".length), sum]))
  })
}

/** Of all linear maps of a model. */
export const gramsOf = (device: Device, model: Model, substrate: Substrate, windows: readonly Window[], looked: (windows: number) => void): Promise<ReadonlyMap<string, Matrix>> => {
  const { context } = model.meta
  const { expressions: weights, values, logits } = modelInputs(model, substrate)
  const from = input("from", [windowsAtATime, context], "i32")
  const batchOf = (first: number): NdArray => packWindows(windows.slice(first, first + windowsAtATime), windowsAtATime, context).input
  return gramsAlong(device, { from, to: logits(from), weights, values, lengths: windows.map(({ ids }) => ids.length), batchOf, looked })
}
