/**
 * Bound inputs that never change, as part of the model: onnxruntime lays the factors of products out for its kernels once, folds what
 * depends on constants alone, and is handed less each run. Their numbers lie beside the model and are read while a session is made,
 * so that they are not copied through its bytes. SPEC D2.
 */
import { bytesOf, type NdArray, type Tensors } from "../../base/ndarray.ts"
import { carrierOf } from "./carrier.ts"
import { inputName } from "./encode.ts"
import { dataType, type OnnxModel, type OnnxTensor } from "./proto.ts"

/** What a session is made with beside its model: the bytes that an initialiser names. */
export interface ExternalData {
  readonly path: string
  readonly data: Uint8Array
}

/** `TensorProto.DataLocation`. */
const external = 1

/** Bytes up to which a constant is written in the model, where rules of onnxruntime that ask for its value find it. */
const small = 1024

/** The model with `constants`, as the graph takes them, in place of inputs; and what it refers to. */
export const withConstants = (model: OnnxModel, constants: Tensors): { readonly model: OnnxModel; readonly externalData: readonly ExternalData[] } => {
  const externalData: ExternalData[] = []
  const initialiser = (name: string, array: NdArray, i: number): OnnxTensor => {
    const typed = { name: inputName(name), dataType: dataType[carrierOf(array.dtype)], dims: array.shape }
    const data = bytesOf(array)
    if (data.length <= small) return { ...typed, rawData: data }
    const path = `constant${i}`
    externalData.push({ path, data })
    return { ...typed, dataLocation: external, externalData: Object.entries({ location: path, offset: "0", length: `${data.length}` }).map(([key, value]) => ({ key, value })) }
  }
  const initialisers = Object.entries(constants).map(([name, array], i) => initialiser(name, array, i))
  const held = new Set(initialisers.map(({ name }) => name))
  const { initializer, input } = model.graph
  return {
    model: { ...model, graph: { ...model.graph, initializer: [...initialisers, ...initializer], input: input.filter(({ name }) => !held.has(name)) } },
    externalData,
  }
}
