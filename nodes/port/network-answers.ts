/** What a classifier says of every example. */
import { input, makeProgram, must, ndarray, withProgram, type Expr, type NdArray, type RunContext } from "#src"
import { batchesOf, countOf, pick, unitInputs, widthOf, type Examples } from "./examples.ts"
import { networkForward, networkInputs, type Network } from "./network.ts"

const rows = 256

/** f32 [n, classes]. @param of what is wanted of the logits */
export const networkAnswers = async ({ meta: { widths }, tensors }: Network, data: Examples, { device, signal }: Pick<RunContext, "device" | "signal">, of: (logits: Expr) => Expr = (logits) => logits): Promise<NdArray<"f32">> => {
  const classes = must(widths.at(-1), "classes")
  const given = input("input", [rows, widthOf(data)], "u8")
  const weights = networkInputs(widths)
  const program = makeProgram({ inputs: [...Object.values(weights), given], outputs: { said: of(networkForward(widths, weights, unitInputs(given)).logits) } })
  const out = new Float32Array(countOf(data) * classes)
  return withProgram(await device(), program, tensors, async (bound) => {
    let at = 0
    for (const { places, count } of batchesOf(countOf(data), rows)) {
      signal.throwIfAborted()
      const { said } = await bound.run({ input: pick(data, places).input })
      out.set((must(said, "said").data as Float32Array).subarray(0, count * classes), at)
      at += count * classes
    }
    return ndarray("f32", [countOf(data), classes], out)
  })
}
