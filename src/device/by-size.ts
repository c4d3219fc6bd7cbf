/**
 * One device of several: each program runs on the one picked for its size. Which one that is follows from the program
 * alone, so the picks belong to the family, and equal families still give equal bytes. SPEC D9.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Device, DeviceName, DeviceOptions, Picks } from "./device.ts"
import type { DeviceError } from "./device-error.ts"
import { sizeClasses, sizeClassOf } from "./yardstick.ts"

type Open = (name: DeviceName, options: DeviceOptions) => Promise<E.Either<DeviceError, Device>>

/** A family for programs that run in these families: the plain one if there is but one. */
export const familyBySize = (families: Readonly<Record<keyof Picks, string>>): string => {
  const all = sizeClasses.map((size) => families[size])
  return new Set(all).size === 1 ? families.large : sizeClasses.map((size) => `${size}: ${families[size]}`).join("; ")
}

/** Opens every device that is picked, or none of them. It answers to the name of the one for large programs. */
export const openBySize = async (picks: Picks, options: DeviceOptions, open: Open): Promise<E.Either<DeviceError, Device>> => {
  const devices = new Map<DeviceName, Device>()
  const close = async (): Promise<void> => void (await Promise.all([...devices.values()].map((device) => device.close())))
  for (const name of new Set(sizeClasses.map((size) => picks[size]))) {
    const opened = await open(name, options)
    if (E.isLeft(opened)) {
      await close()
      return opened
    }
    devices.set(name, opened.right)
  }
  const at = (size: keyof Picks): Device => devices.get(picks[size])!
  return E.right({
    name: picks.large,
    family: familyBySize({ small: at("small").family, medium: at("medium").family, large: at("large").family }),
    compile: (program) => at(sizeClassOf(program)).compile(program),
    close,
  })
}
