/**
 * Opens the device of a run when a node first asks for it, once for each number of threads. The engine knows devices by
 * type only; which module opens them is told to the transport.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Device, DeviceName, DeviceOptions, Picks } from "../device/device.ts"
import type { DeviceError } from "../device/device-error.ts"
import { NodeFailure } from "./context.ts"

export interface DeviceSpec {
  readonly wanted: DeviceName | Picks
  /** URL of a module that exports `openDevice(wanted, options)`. */
  readonly module: string
  /** As in `DeviceOptions`: what a node computes does not depend on it. */
  readonly trapNan?: boolean
}

export interface DeviceOpener {
  readonly open: (threads: number) => Promise<Device>
  readonly close: () => Promise<void>
}

interface DeviceModule {
  openDevice(wanted: DeviceName | Picks, options: DeviceOptions): Promise<E.Either<DeviceError, Device>>
}

/** Gives a module by its address. Rejects as `import` does. */
export type LoadModule = (url: string) => Promise<unknown>

/** `spec` undefined: nodes that ask for a device fail, saying so. */
export const makeDeviceOpener = (spec: DeviceSpec | undefined, load: LoadModule = (url) => import(url)): DeviceOpener => {
  const opened = new Map<number, Promise<Device>>()
  const open = async (threads: number): Promise<Device> => {
    if (spec === undefined) throw new NodeFailure("this run has no device, and the node computes on one")
    const { openDevice } = (await load(spec.module)) as DeviceModule
    const device = await openDevice(spec.wanted, { threads, ...(spec.trapNan === true ? { trapNan: true } : {}) })
    if (E.isLeft(device)) throw new NodeFailure(`${device.left.device}: ${device.left.reason}`)
    return device.right
  }
  return {
    open: (threads) => {
      const found = opened.get(threads) ?? open(Math.max(1, threads))
      opened.set(threads, found)
      // A device that could not be opened may be there next time.
      found.catch(() => opened.delete(threads))
      return found
    },
    close: async () => {
      const devices = await Promise.allSettled(opened.values())
      opened.clear()
      for (const device of devices) if (device.status === "fulfilled") await device.value.close()
    },
  }
}
