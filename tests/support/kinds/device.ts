/** A device module that opens nothing: it has the family `fake`, or is not there. */
import * as E from "fp-ts/lib/Either.js"
import type { Device, DeviceName, DeviceOptions } from "../../../src/device/device.ts"
import type { DeviceError } from "../../../src/device/device-error.ts"

export const openDevice = async (name: DeviceName, { threads, trapNan }: DeviceOptions): Promise<E.Either<DeviceError, Device>> =>
  name === "gpujs:webgpu"
    ? E.left({ _tag: "hardware-missing", device: name, reason: trapNan === true ? "no adapter answers, trapping" : "no adapter answers" })
    : E.right({ name, family: "fake".repeat(threads), compile: () => Promise.reject(new Error("compiles nothing")), close: async () => undefined })
