/** What a classifier says of every example. */
import { input, logSoftmax, makeProgram, must, withProgram, type RunContext } from "#src"
import { batchesOf, countOf, pick, unitInputs, widthOf, type Examples } from "../../port/examples.ts"
import { networkForward, networkInputs, type Network } from "../../port/network.ts"

const rows = 256

/** Log-probabilities, a row of classes for each example, one after another. */
export const logProbabilities = async ({ meta: { widths }, tensors }: Network, data: Examples, { device, signal }: Pick<RunContext, "device" | "signal">): Promise<Float32Array> => {
  const classes = widths.at(-1) as number
  const given = input("input", [rows, widthOf(data)], "u8")
  const weights = networkInputs(widths)
  const program = makeProgram({ inputs: [...Object.values(weights), given], outputs: { logp: logSoftmax(networkForward(widths, weights, unitInputs(given)).logits) } })
  const out = new Float32Array(countOf(data) * classes)
  return withProgram(await device(), program, tensors, async (bound) => {
    let at = 0
    for (const { places, count } of batchesOf(countOf(data), rows)) {
      signal.throwIfAborted()
      const { logp } = await bound.run({ input: pick(data, places).input })
      out.set((must(logp, "logp").data as Float32Array).subarray(0, count * classes), at)
      at += count * classes
    }
    return out
  })
}
