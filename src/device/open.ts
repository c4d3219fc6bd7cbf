/** One door to every device: the name in, the device or the reason why not out. */
import type * as E from "fp-ts/lib/Either.js"
import type { Device, DeviceName, DeviceOptions } from "./device.ts"
import type { DeviceError } from "./device-error.ts"
import { openGpujs } from "./gpujs/open-gpujs.ts"
import { openOnnx } from "./onnx/open-onnx.ts"

/** Opens `name`, or says why it cannot be had; never opens another one instead. The caller closes it. */
export const openDevice = (name: DeviceName, options: DeviceOptions): Promise<E.Either<DeviceError, Device>> => {
  switch (name) {
    case "onnx":
      return openOnnx(options)
    case "gpujs:webasm":
      return openGpujs("webasm", options)
    case "gpujs:cpu":
      return openGpujs("cpu", options)
    case "gpujs:webgpu":
      return openGpujs("webgpu", options)
  }
}
