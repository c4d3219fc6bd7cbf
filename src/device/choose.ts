/**
 * Which device to use when nobody says: measures every device that opens, then decides, for each size of program by itself. The
 * decision is a pure function of the measurements; both are plain data, so a caller can keep them (one measurement a
 * machine is enough) and show them later. SPEC D9.
 */
import { messageOf } from "../base/message.ts"
import * as E from "fp-ts/lib/Either.js"
import type { Clock } from "../base/clock.ts"
import { deviceNames, wholeDeviceNames, type Device, type DeviceName, type DeviceOptions } from "./device.ts"
import type { DeviceError } from "./device-error.ts"
import { measureDevice, type Rate } from "./measure-device.ts"
import { type SizeClass, sizeClasses } from "./yardstick.ts"

export interface Pick {
  readonly device: DeviceName
  /** A few words for people. */
  readonly reason: string
}

export interface Choice {
  readonly picks: Readonly<Record<SizeClass, Pick>>
  readonly rates: readonly Rate[]
  readonly unavailable: readonly { readonly device: DeviceName; readonly reason: string }[]
  /** What measuring took. */
  readonly milliseconds: number
}

export interface ChooseOptions extends DeviceOptions {
  readonly clock: Clock
  readonly open: (name: DeviceName, options: DeviceOptions) => Promise<E.Either<DeviceError, Device>>
  /** Default: every device. */
  readonly devices?: readonly DeviceName[]
}

/**
 * gpu.js is preferred unless something else is more than this much faster. A small program takes about as long on either, most of
 * it to be called: only a wide margin gives the same pick on a machine that is busy, and so the same keys in every store.
 */
const ties: Readonly<Record<SizeClass, number>> = { small: 2, medium: 1.2, large: 1.2 }

/** Milliseconds for all devices together; what one does not use is there for the next. Nothing takes the rest of 5 s. */
const budget = 4000

const isGpujs = (name: DeviceName): boolean => name.startsWith("gpujs:")

const times = (slower: number, faster: number): string => `${(slower / faster).toFixed(1)} times`

/** By rates of one size: the fastest device, but gpu.js when its best backend is within the margin of it; without rates, what runs everywhere. */
export const decide = (rates: readonly Rate[]): Pick => {
  const ranked = [...rates].sort((a, b) => a.milliseconds - b.milliseconds)
  const [fastest, second] = ranked
  if (fastest === undefined) return { device: "gpujs:cpu", reason: "nothing could be measured, and it runs everywhere" }
  const gpujs = ranked.find(({ device }) => isGpujs(device))
  if (gpujs !== undefined && gpujs !== fastest && gpujs.milliseconds <= fastest.milliseconds * ties[fastest.size]) {
    return { device: gpujs.device, reason: `within ${Math.round(100 * (ties[fastest.size] - 1))} % of ${fastest.device}, and gpu.js wins ties` }
  }
  if (second === undefined) return { device: fastest.device, reason: "the only device that opens" }
  return { device: fastest.device, reason: `${times(second.milliseconds, fastest.milliseconds)} as fast as ${second.device}` }
}

/** Measures every device that opens and decides. Devices that do not open, or fail, are listed with their reasons. */
export const chooseDevice = async ({ clock, open, threads, devices = deviceNames }: ChooseOptions): Promise<Choice> => {
  const from = clock.now()
  const rates: Rate[] = []
  const unavailable: { device: DeviceName; reason: string }[] = []
  for (const [i, name] of devices.entries()) {
    const now = clock.now()
    const until = now + (from + budget - now) / (devices.length - i)
    const opened = await open(name, { threads })
    if (E.isLeft(opened)) {
      unavailable.push({ device: name, reason: opened.left.reason })
      continue
    }
    try {
      rates.push(...(await measureDevice(opened.right, { until, end: from + budget }, clock)))
    } catch (error) {
      unavailable.push({ device: name, reason: messageOf(error) })
    }
    await opened.right.close()
  }
  const pickFor = (size: SizeClass): Pick => decide(rates.filter((rate) => rate.size === size && wholeDeviceNames.includes(rate.device)))
  const picks = Object.fromEntries(sizeClasses.map((size) => [size, pickFor(size)])) as Choice["picks"]
  return { picks, rates, unavailable, milliseconds: clock.now() - from }
}
