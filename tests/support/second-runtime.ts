/** Runs an ONNX file in another runtime than the device's: onnxruntime-web's WebAssembly build, without threads. */
import { env, InferenceSession, Tensor } from "onnxruntime-web"
import { ndarray, type NdArray, type Tensors } from "../../src/base/ndarray.ts"

/** Integers go in as int64, as an exported file takes them. */
const given = ({ dtype, shape, data }: NdArray): Tensor =>
  dtype === "i32"
    ? new Tensor("int64", BigInt64Array.from(data as Int32Array, BigInt), [...shape])
    : dtype === "f32"
      ? new Tensor("float32", data as Float32Array, [...shape])
      : new Tensor(dtype === "u8" ? "uint8" : "bool", data as Uint8Array, [...shape])

/** The float outputs of the model in `bytes`, by the names they have there. */
export const runElsewhere = async (bytes: Uint8Array, inputs: Tensors): Promise<Tensors> => {
  env.wasm.numThreads = 1
  const session = await InferenceSession.create(bytes, { executionProviders: ["wasm"] })
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, given(array)]))
  const outputs = await session.run(feeds)
  await session.release()
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, { data, dims }]) => (data instanceof Float32Array ? [[name, ndarray("f32", dims, data)]] : [])),
  )
}
