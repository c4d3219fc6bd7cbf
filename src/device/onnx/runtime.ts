/**
 * The door to onnxruntime: the only place that imports it, and only when asked. It is an optional dependency, so what
 * we use of it is described here and nothing else depends on its types.
 */
import { messageOf } from "../../base/message.ts"
import * as E from "fp-ts/lib/Either.js"
import type { NdArray } from "../../base/ndarray.ts"
import type { DeviceError } from "../device-error.ts"
import { type Carrier, carrierOf } from "./carrier.ts"

/** A tensor of onnxruntime: a view of an array that stays ours. */
export interface OrtTensor {
  readonly dims: readonly number[]
  readonly data: NdArray["data"]
}

export interface OrtSession {
  /** Runs on the calling thread and writes into the tensors of `fetches`; makes one for each that is null, and leaves it there unread. */
  run(feeds: { readonly [name: string]: OrtTensor }, fetches: { [name: string]: OrtTensor | null }): Promise<unknown>
  release(): Promise<void>
}

interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options: { readonly [name: string]: unknown }): Promise<OrtSession>
  }
  readonly Tensor: new (type: string, data: NdArray["data"], dims: readonly number[]) => OrtTensor
  readonly env: { readonly versions: { readonly common: string } }
  listSupportedBackends?(): readonly OrtBackend[]
}

/** An execution provider that this build of onnxruntime knows; one that is not bundled needs libraries that come apart. */
export interface OrtBackend {
  readonly name: string
  readonly bundled: boolean
}

export interface OrtRuntime {
  readonly version: string
  readonly backends: readonly OrtBackend[]
  readonly createSession: (model: Uint8Array, options: { readonly [name: string]: unknown }) => Promise<OrtSession>
  /** A tensor over the elements of `array`: not copied (unless shared between threads), so a run reads or writes them in place. */
  readonly tensor: (array: NdArray) => OrtTensor
}

const elementType: Readonly<Record<Carrier, string>> = { f32: "float32", i32: "int32", u8: "uint8", bool: "bool" }

/** Not a literal in `import()`, so that this compiles where the package is not installed. */
const packageName: string = "onnxruntime-node"

export const importRuntime = (): Promise<unknown> => import(packageName)

const isModule = (value: unknown): value is OrtModule =>
  typeof value === "object" && value !== null && "InferenceSession" in value && "Tensor" in value && "env" in value

const runtimeOf = (module: OrtModule): OrtRuntime => ({
  version: module.env.versions.common,
  backends: module.listSupportedBackends?.() ?? [],
  createSession: (model, options) => module.InferenceSession.create(model, options),
  tensor: ({ dtype, shape, data }) => {
    // The binding refuses shared memory; a slice of it is a copy that is not shared.
    const own = data.buffer instanceof SharedArrayBuffer ? data.slice() : data
    return new module.Tensor(elementType[carrierOf(dtype)], own, shape)
  },
})

const missing = (reason: string): E.Either<DeviceError, never> =>
  E.left({ _tag: "library-missing", device: "onnx", reason: `${packageName} ${reason}` })

/** onnxruntime, or why it cannot be had. `importModule` is passed in by tests. */
export const loadRuntime = async (importModule: () => Promise<unknown>): Promise<E.Either<DeviceError, OrtRuntime>> => {
  try {
    const namespace = await importModule()
    const module = typeof namespace === "object" && namespace !== null && "default" in namespace ? namespace.default : namespace
    return isModule(module) ? E.right(runtimeOf(module)) : missing("is installed but is not the library expected here")
  } catch (error) {
    const message = messageOf(error)
    return missing(`cannot be loaded (it is optional; npm install ${packageName} adds it): ${message}`)
  }
}
