/** Opens the gpu.js device in Node. */
import * as E from "fp-ts/lib/Either.js"
import type { Device, DeviceOptions } from "../device.ts"
import type { DeviceError } from "../device-error.ts"
import type { Backend } from "./dialect.ts"
import { GpujsDevice } from "./gpujs-device.ts"
import { lowering } from "./lowering.ts"
import { loadGpu } from "./node-library.ts"

/**
 * Opens gpu.js on one of its backends; never on another one than was asked for. On webasm, `threads` of 1 keeps a run on
 * the calling thread; more lets gpu.js start its worker pool, whose size it takes from the machine.
 */
export const openGpujs = async (backend: Backend, options: DeviceOptions): Promise<E.Either<DeviceError, Device>> => {
  const library = await loadGpu(backend)
  return E.isLeft(library) ? library : E.right(new GpujsDevice(library.right, backend, lowering(), options))
}
