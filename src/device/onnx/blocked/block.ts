/**
 * How many channels a block has: the floats of a vector register of this processor, as onnxruntime was built. It does not tell, so a
 * small image is put in blocks and the block is read off. SPEC D8.
 */
import { ndarray, zeros } from "../../../base/ndarray.ts"
import { Emit, valueInfo } from "../emit.ts"
import { encodeModel } from "../proto.ts"
import type { OrtRuntime } from "../runtime.ts"
import { sessionOptions } from "../session-options.ts"
import { nchwc } from "./form.ts"

/** As many channels as any block has, at two places. */
const shape = [1, 64, 1, 2] as const
const opset = 21
const irVersion = 10

const model = (): Uint8Array => {
  const emit = new Emit()
  emit.node("ReorderInput", ["x"], {}, nchwc)
  const type = { dtype: "f32", shape } as const
  const opsetImport = [{ domain: "", version: opset }, { domain: nchwc, version: 1 }]
  const node = emit.nodes.map((one) => ({ ...one, output: ["y"] }))
  return encodeModel({ irVersion, producerName: "cambium", opsetImport, graph: { name: "block", node, initializer: [], input: [valueInfo("x", type)], output: [valueInfo("y", type)] } })
}

/** Channels of a block; 0 where this build of onnxruntime has no blocks for this processor. */
export const blockOf = async (runtime: OrtRuntime): Promise<number> => {
  const y = zeros("f32", shape)
  try {
    const session = await runtime.createSession(model(), sessionOptions(1))
    const x = ndarray("f32", shape, Float32Array.from({ length: 128 }, (_, i) => i))
    await session.run({ x: runtime.tensor(x) }, { y: runtime.tensor(y) })
    await session.release()
  } catch {
    return 0
  }
  // The second place of the first channel stands behind the first place of a block of channels.
  const block = y.data.indexOf(1 as never)
  return block > 1 ? block : 0
}
