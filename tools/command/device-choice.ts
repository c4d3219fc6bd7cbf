/**
 * Which device a run uses. `auto` measures the machine once and remembers the answer, so that a run with nothing to do loads
 * no device library at all; another CPU, another version of a library or of our lowerings is measured anew. A store keeps the
 * answer that it began with, since its keys rest on it; a new one begins with that of the machine. SPEC D9.
 */
import * as E from "fp-ts/lib/Either.js"
import { readFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { systemClock } from "../../src/base/clock.ts"
import { hashJson } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import { familyBySize } from "../../src/device/by-size.ts"
import type { Choice } from "../../src/device/choose.ts"
import { deviceNames, type DeviceName, type Picks } from "../../src/device/device.ts"
import { loweringVersion } from "../../src/device/lowering-version.ts"
import { hint } from "../../src/schema/closest.ts"
import type { Notes } from "../../src/store/notes.ts"
import { choiceNote, devicePackages } from "../unchanged/device-basis.ts"
import { knownHere, knowHere } from "./machine-notes.ts"

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

/** A measurement as it is remembered. */
export interface Measured {
  readonly choice: Choice
  /** When, in milliseconds since 1970. */
  readonly at: number
}

interface Known {
  readonly measured?: Measured
  readonly families: { readonly [device: string]: string }
}

/** What is kept in the store of this machine, its libraries and our lowerings; of another one it is worth nothing. */
interface Memory {
  readonly recall: () => Known
  readonly remember: (known: Known) => Promise<void>
}

/** Looks at the machine once: its lowerings are a hash of many files. */
const memoryIn = async (notes: Notes): Promise<Memory> => {
  const here = machine()
  const kept = (): (Known & { readonly machine: string }) | undefined => {
    const note = notes.get("device", choiceNote) as unknown as (Known & { readonly machine: string }) | undefined
    return note?.machine === here ? note : undefined
  }
  const before = kept() === undefined ? knownHere("devices", here) : undefined
  if (before !== undefined) await notes.put("device", choiceNote, before)
  return {
    recall: () => kept() ?? { families: {} },
    remember: async (known) => {
      const note = JSON.parse(JSON.stringify({ ...known, machine: here })) as Json
      await notes.put("device", choiceNote, note)
      await knowHere("devices", here, note)
    },
  }
}

/** The device called `asked`, or the measured choice for `auto`. Left is a sentence for people. */
export const chooseFor = async (asked: string, notes: Notes): Promise<E.Either<string, ChosenDevice>> => {
  const memory = await memoryIn(notes)
  if (asked === "auto") return chooseBySize((await measuredIn(memory, false)).choice, memory)
  const name = deviceNames.find((known) => known === asked)
  if (name === undefined) {
    return E.left(`--device: expected one of auto, ${deviceNames.join(", ")}${hint(asked, [...deviceNames, "auto"])}, got ${asked}`)
  }
  const family = await familyOf(name, memory)
  return E.isLeft(family) ? E.left(`--device ${name}: not available here: ${family.left}`) : E.right({ wanted: name, name, family: family.right, why: "asked for" })
}

const chooseBySize = async ({ picks }: Choice, memory: Memory): Promise<E.Either<string, ChosenDevice>> => {
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
const familyOf = async (name: DeviceName, { recall, remember }: Memory): Promise<E.Either<string, string>> => {
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

/** What is remembered of this machine; measured now when nothing is, or when `again` asks for it. */
export const measureDevices = async (notes: Notes, again = false): Promise<Measured> => measuredIn(await memoryIn(notes), again)

const measuredIn = async ({ recall, remember }: Memory, again: boolean): Promise<Measured> => {
  const { measured: known } = recall()
  if (known !== undefined && !again) return known
  const [{ chooseDevice }, { openDevice }] = await Promise.all([import("../../src/device/choose.ts"), import("../../src/device/open.ts")])
  const choice = await chooseDevice({ clock: systemClock, open: openDevice, threads: availableParallelism() })
  const measured = { choice, at: systemClock.wall() }
  const families = Object.fromEntries(choice.rates.map(({ device, family }) => [device, family]))
  await remember({ measured, families })
  return measured
}

const machine = (): string =>
  hashJson({
    processor: cpus()[0]?.model ?? "",
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    libraries: devicePackages.map(installedVersion),
    lowerings: loweringVersion(...["open.ts", "choose.ts"].map((file) => new URL(`../../src/device/${file}`, import.meta.url))),
  })

/** From the package's own manifest; a package that is not there has none. */
export const installedVersion = (name: string): string => {
  try {
    const manifest = readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), "utf8")
    return (JSON.parse(manifest) as { readonly version: string }).version
  } catch {
    return "absent"
  }
}
