/** The plain way to ask a model: one sequence, one program of just its length, no windows, rows or padding. */
import { gptForward, input, makeProgram, must, ndarray, type Device } from "#src"
import type { Model } from "../../nodes/port/model.ts"
import type { Substrate } from "../../nodes/port/substrate.ts"
import { runOnce } from "../support/any-device.ts"

/** Logits of the token after each of `ids`, one row a place. */
export const oneWindow = async (
  device: Device,
  { meta, tensors }: Model,
  substrate: Substrate,
  ids: readonly number[],
): Promise<readonly Float32Array[]> => {
  const tokens = ndarray("i32", [1, ids.length], Int32Array.from(ids))
  const values = { ...tensors, substrate: must(substrate.tensors["matrix"], "matrix"), tokens }
  const x = Object.fromEntries(Object.entries(values).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]))
  const logits = gptForward(meta, x, must(x["substrate"], "substrate"), must(x["tokens"], "tokens"))
  const data = must((await runOnce(device, makeProgram({ outputs: { logits } }), values))["logits"], "logits").data as Float32Array
  return ids.map((_, at) => data.subarray(at * meta.vocabulary, (at + 1) * meta.vocabulary))
}

/** log_softmax(row)[target] in float64. */
export const logProbabilityOf = (row: ArrayLike<number>, target: number): number =>
  (row[target] as number) - Math.log(Array.from(row).reduce((sum, x) => sum + Math.exp(x), 0))
