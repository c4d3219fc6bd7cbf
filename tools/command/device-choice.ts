/**
 * Which device a run uses. `auto` measures the machine once and remembers the answer, so that a run with nothing to do loads
 * no device library at all; another CPU, another version of a library or of our lowerings is measured anew. SPEC D9.
 */
import * as E from "fp-ts/lib/Either.js"
import { availableParallelism } from "node:os"
import { systemClock } from "../../src/base/clock.ts"
import { familyBySize } from "../../src/device/by-size.ts"
import type { Choice } from "../../src/device/choose.ts"
import { deviceNames, type DeviceName, type Picks } from "../../src/device/device.ts"
import { hint } from "../../src/schema/closest.ts"
import type { Notes } from "../../src/store/notes.ts"
import { deviceMemory, type DeviceMemory, type Measured } from "./device-memory.ts"
import { watchOthers } from "./processor-use.ts"

export interface ChosenDevice {
  /** What to open. */
  readonly wanted: DeviceName | Picks
  /** For people: `onnx`, or `onnx+gpujs:webgpu` where the size of a program decides. */
  readonly name: string
  /** Part of the key of whatever computes floats. */
  readonly family: string
  /** For people. */
  readonly why: string
}

/** The device called `asked`, or the measured choice for `auto`. Left is a sentence for people. */
export const chooseFor = async (asked: string, notes: Notes): Promise<E.Either<string, ChosenDevice>> => {
  const memory = await deviceMemory(notes)
  if (asked === "auto") return chooseBySize((await measuredIn(memory, false, measureNow)).choice, memory)
  const name = deviceNames.find((known) => known === asked)
  if (name === undefined) {
    return E.left(`--device: expected one of auto, ${deviceNames.join(", ")}${hint(asked, [...deviceNames, "auto"])}, got ${asked}`)
  }
  const family = await familyOf(name, memory)
  return E.isLeft(family) ? E.left(`--device ${name}: not available here: ${family.left}`) : E.right({ wanted: name, name, family: family.right, why: "asked for" })
}

const chooseBySize = async ({ picks }: Choice, memory: DeviceMemory): Promise<E.Either<string, ChosenDevice>> => {
  const wanted: Picks = { small: picks.small.device, medium: picks.medium.device, large: picks.large.device }
  const names = [...new Set(Object.values(wanted))]
  const families: Record<string, string> = {}
  for (const name of names) {
    const family = await familyOf(name, memory)
    if (E.isLeft(family)) return E.left(`--device auto: ${name} was picked and is not available any more: ${family.left}; cambium devices --again measures anew`)
    families[name] = family.right
  }
  const at = (size: keyof Picks): string => families[wanted[size]] ?? ""
  return E.right({
    wanted: names.length === 1 ? wanted.large : wanted,
    name: names.join("+"),
    family: familyBySize({ small: at("small"), medium: at("medium"), large: at("large") }),
    why: names.length === 1 ? picks.large.reason : "each where it is faster, as cambium devices shows",
  })
}

/** From memory, or from the device itself. Left is the reason why there is none. */
const familyOf = async (name: DeviceName, { recall, remember }: DeviceMemory): Promise<E.Either<string, string>> => {
  const memory = recall()
  const known = memory.families[name]
  if (known !== undefined) return E.right(known)
  const { openDevice } = await import("../../src/device/open.ts")
  const opened = await openDevice(name, { threads: 1 })
  if (E.isLeft(opened)) return E.left(opened.left.reason)
  const { family } = opened.right
  await opened.right.close()
  await remember({ ...memory, families: { ...memory.families, [name]: family } })
  return E.right(family)
}

/** How devices are measured, and where the machine's notes are. */
export interface Surroundings {
  readonly measure: () => Promise<Measured>
  readonly folder?: string
}

/** What is remembered of this machine; measured now when nothing is, or when `again` asks for it. */
export const measureDevices = async (notes: Notes, again = false, { measure, folder }: Surroundings = { measure: measureNow }): Promise<Measured> =>
  measuredIn(await deviceMemory(notes, folder), again, measure)

const measuredIn = async ({ recall, remember }: DeviceMemory, again: boolean, measure: Surroundings["measure"]): Promise<Measured> => {
  const { measured: known } = recall()
  if (known !== undefined && !again) return known
  const measured = await measure()
  const families = Object.fromEntries(measured.choice.rates.map(({ device, family }) => [device, family]))
  await remember({ measured, families })
  return measured
}

const measureNow = async (): Promise<Measured> => {
  const [{ chooseDevice }, { openDevice }] = await Promise.all([import("../../src/device/choose.ts"), import("../../src/device/open.ts")])
  const others = watchOthers()
  const choice = await chooseDevice({ clock: systemClock, open: openDevice, threads: availableParallelism() })
  return { choice, at: systemClock.wall(), others: others() }
}
