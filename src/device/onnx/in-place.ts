/**
 * Results written where they are wanted, and nowhere else. onnxruntime's binding for Node writes into the tensors it is given, and
 * then makes a copy of each to give back, which takes 6 % of a training step. It can give back no sequences: a model whose first
 * output is one has computed and written everything when the binding stops there with an error. What it then says, and that it does,
 * is asked of the library that is there (`refusalOf`); where it does not, results are copied.
 */
import { messageOf } from "../../base/message.ts"
import { ndarray, zeros } from "../../base/ndarray.ts"
import { valueInfo } from "./emit.ts"
import { dataType, encodeModel, type OnnxModel, type OnnxSequenceInfo, type OnnxValueInfo } from "./proto.ts"
import type { OrtRuntime, OrtSession } from "./runtime.ts"
import { sessionOptions } from "./session-options.ts"

const end = "end"

/** The model with an empty sequence as its first output. */
export const withEnd = (model: OnnxModel): OnnxModel<OnnxValueInfo | OnnxSequenceInfo> => {
  const { node, output } = model.graph
  const type = { sequenceType: { elemType: { tensorType: { elemType: dataType.f32, shape: { dim: [] } } } } }
  return {
    ...model,
    graph: {
      ...model.graph,
      node: [...node, { opType: "SequenceEmpty", domain: "", input: [], output: [end], attribute: [] }],
      output: [{ name: end, type }, ...output],
    },
  }
}

/** A copy of one number. */
const smallest = (): OnnxModel => {
  const type = { dtype: "f32", shape: [1] } as const
  const node = { opType: "Identity", domain: "", input: ["x"], output: ["y"], attribute: [] }
  return {
    irVersion: 10,
    producerName: "cambium",
    opsetImport: [{ domain: "", version: 21 }],
    graph: { name: "copy", node: [node], initializer: [], input: [valueInfo("x", type)], output: [valueInfo("y", type)] },
  }
}

/** What the binding says of a result that it cannot give back, when it has written all others; undefined where it does not do so. */
export const refusalOf = async (runtime: OrtRuntime): Promise<string | undefined> => {
  const y = zeros("f32", [1])
  const session = await runtime.createSession(encodeModel(withEnd(smallest())), sessionOptions(1))
  try {
    await session.run({ x: runtime.tensor(ndarray("f32", [1], Float32Array.of(1))) }, { [end]: null, y: runtime.tensor(y) })
    return undefined
  } catch (error) {
    return y.data[0] === 1 ? messageOf(error) : undefined
  } finally {
    await session.release()
  }
}

/** A session of a model `withEnd`, for a binding that ends its runs with `refusal`. */
export const writingInPlace = (session: OrtSession, refusal: string): OrtSession => ({
  run: async (feeds, fetches) => {
    fetches[end] = null
    try {
      await session.run(feeds, fetches)
    } catch (error) {
      if (messageOf(error) !== refusal) throw error
    }
  },
  release: () => session.release(),
})
