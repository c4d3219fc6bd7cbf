/**
 * What is remembered of this machine's devices. A store keeps the measurement that it began with, since its keys rest on
 * it; a new one begins with that of the machine, unless other programs disturbed it. SPEC D9.
 */
import { availableParallelism, cpus } from "node:os"
import { hashJson } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import type { Choice } from "../../src/device/choose.ts"
import { loweringVersion } from "../../src/device/lowering-version.ts"
import type { Notes } from "../../src/store/notes.ts"
import { choiceNote, devicePackages } from "../unchanged/device-basis.ts"
import { installedVersion } from "./installed-version.ts"
import { knownHere, knowHere } from "./machine-notes.ts"

/** A measurement as it is remembered. */
export interface Measured {
  readonly choice: Choice
  /** When, in milliseconds since 1970. */
  readonly at: number
  /** The share of the cores that other programs used meanwhile, 0 to 1; it was not always watched. */
  readonly others?: number
}

export interface Known {
  readonly measured?: Measured
  readonly families: { readonly [device: string]: string }
}

/** Of this machine, its libraries and our lowerings; of another one it is worth nothing. */
export interface DeviceMemory {
  readonly recall: () => Known
  readonly remember: (known: Known) => Promise<void>
}

/** More than this, and which device is the fastest may be an accident. */
const mostOthers = 0.2
export const isDisturbed = ({ others = 0 }: Measured): boolean => others > mostOthers

/** Looks at the machine once: its lowerings are a hash of many files. `folder`: where the machine's notes are. */
export const deviceMemory = async (notes: Notes, folder?: string): Promise<DeviceMemory> => {
  const here = machine()
  const kept = (): Known | undefined => {
    const note = notes.get("device", choiceNote) as unknown as (Known & { readonly machine: string }) | undefined
    return note?.machine === here ? note : undefined
  }
  const ofMachine = (): Known | undefined => knownHere("devices", here, folder) as unknown as Known | undefined
  const noteOf = ({ measured, families }: Known): Json => JSON.parse(JSON.stringify({ measured, families, machine: here })) as Json
  const inPeace = (known: Known | undefined): Measured | undefined => (known?.measured === undefined || isDisturbed(known.measured) ? undefined : known.measured)
  const before = kept() === undefined ? ofMachine() : undefined
  if (before !== undefined) await notes.put("device", choiceNote, noteOf({ families: before.families, ...defined(inPeace(before)) }))
  return {
    recall: () => kept() ?? { families: {} },
    remember: async (known) => {
      await notes.put("device", choiceNote, noteOf(known))
      await knowHere("devices", here, noteOf({ families: known.families, ...defined(inPeace(known) ?? inPeace(ofMachine())) }), folder)
    },
  }
}

const defined = (measured: Measured | undefined): Pick<Known, "measured"> => (measured === undefined ? {} : { measured })

const machine = (): string =>
  hashJson({
    processor: cpus()[0]?.model ?? "",
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    libraries: devicePackages.map(installedVersion),
    lowerings: loweringVersion(...["open.ts", "choose.ts"].map((file) => new URL(`../../src/device/${file}`, import.meta.url))),
  })
