/** A device for tests that need one and do not care which: onnxruntime's, or JavaScript where that is not installed. */
import * as E from "fp-ts/lib/Either.js"
import type { Tensors } from "../../src/base/ndarray.ts"
import { describeDeviceError } from "../../src/device/device-error.ts"
import type { Device, DeviceName } from "../../src/device/device.ts"
import { openDevice } from "../../src/device/open.ts"
import type { Program } from "../../src/tensor/program.ts"

/** The caller closes it. */
export const anyDevice = async (): Promise<Device> => {
  const onnx = await openDevice("onnx", { threads: 1 })
  const opened = E.isRight(onnx) ? onnx : await openDevice("gpujs:cpu", { threads: 1 })
  if (E.isLeft(opened)) throw new Error(describeDeviceError(opened.left))
  return opened.right
}

/** The device `name`; nothing for WebGPU where no adapter answers. The caller closes it. */
export const openIfPresent = async (name: DeviceName): Promise<Device | undefined> => {
  const opened = await openDevice(name, { threads: 1 })
  if (E.isRight(opened)) return opened.right
  if (name !== "gpujs:webgpu") throw new Error(describeDeviceError(opened.left))
  return undefined
}

/** The outputs of one run with nothing resident. */
export const runOnce = async (device: Device, program: Program, inputs: Tensors): Promise<Tensors> => {
  const compiled = await device.compile(program)
  const bound = await compiled.bind({})
  const outputs = await bound.run(inputs)
  await bound.close()
  await compiled.close()
  return outputs
}
