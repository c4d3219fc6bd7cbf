/** Why a device cannot be had or cannot be trusted. User-facing: every case carries the device and a reason in words. */
import type { DeviceName } from "./device.ts"

export type DeviceError =
  /** Its library is not installed or does not load on this machine. */
  | { readonly _tag: "library-missing"; readonly device: DeviceName; readonly reason: string }
  /** The library loads but there is no hardware, driver or adapter behind it. */
  | { readonly _tag: "hardware-missing"; readonly device: DeviceName; readonly reason: string }
  /** Another backend than the one asked for ran; `actual` says which. Results are withheld. */
  | { readonly _tag: "silent-fallback"; readonly device: DeviceName; readonly reason: string; readonly actual: string }

/** One line for people. */
export const describeDeviceError = (error: DeviceError): string => `${error.device}: ${error.reason}`

/** A device error that only showed while a program ran, where `Device` leaves no room for a value. */
export class DeviceFailure extends Error {
  override readonly name = "DeviceFailure"
  readonly error: DeviceError

  constructor(error: DeviceError) {
    super(describeDeviceError(error))
    this.error = error
  }
}
