/** One door to every device: the name in, the device or the reason why not out. Loads only the lowering that is asked for. */
import type * as E from "fp-ts/lib/Either.js"
import type { Device, DeviceName, DeviceOptions, Picks } from "./device.ts"
import type { DeviceError } from "./device-error.ts"

/** Opens what is wanted, one device or one for each size, or says why it cannot be had; never opens another one instead. The caller closes it. */
export const openDevice = async (wanted: DeviceName | Picks, options: DeviceOptions): Promise<E.Either<DeviceError, Device>> =>
  typeof wanted === "string" ? openNamed(wanted, options) : (await import("./by-size.ts")).openBySize(wanted, options, openNamed)

const openNamed = async (name: DeviceName, options: DeviceOptions): Promise<E.Either<DeviceError, Device>> => {
  const device = await openPlain(name, options)
  return options.trapNan === true && device._tag === "Right" ? { ...device, right: (await import("./trap.ts")).trapping(device.right) } : device
}

const openPlain = async (name: DeviceName, options: DeviceOptions): Promise<E.Either<DeviceError, Device>> => {
  switch (name) {
    case "onnx":
      return (await import("./onnx/open-onnx.ts")).openOnnx(options)
    case "onnx:cuda":
      return (await import("./onnx/open-onnx.ts")).openProvider("cuda", options)
    case "onnx:coreml":
      return (await import("./onnx/open-onnx.ts")).openProvider("coreml", options)
    case "onnx:dml":
      return (await import("./onnx/open-onnx.ts")).openProvider("dml", options)
    case "onnx:webgpu":
      return (await import("./onnx/open-onnx.ts")).openProvider("webgpu", options)
    default:
      return openGpu(name, options)
  }
}

const openGpu = async (name: Extract<DeviceName, `gpujs:${string}`>, options: DeviceOptions): Promise<E.Either<DeviceError, Device>> => {
  const { openGpujs } = await import("./gpujs/open-gpujs.ts")
  switch (name) {
    case "gpujs:webasm":
      return openGpujs("webasm", options)
    case "gpujs:cpu":
      return openGpujs("cpu", options)
    case "gpujs:webgpu":
      return openGpujs("webgpu", options)
  }
}
