/**
 * Which device a run uses. `auto` measures the machine once and remembers the answer in the store, so that a run
 * with nothing to do loads no device library at all; another CPU, another version of a library or of our lowerings is measured anew.
 */
import * as E from "fp-ts/lib/Either.js"
import { readFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { systemClock } from "../../src/base/clock.ts"
import { hashJson } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import type { Choice } from "../../src/device/choose.ts"
import { deviceNames, type DeviceName } from "../../src/device/device.ts"
import { loweringVersion } from "../../src/device/lowering-version.ts"
import { hint } from "../../src/schema/closest.ts"
import type { Notes } from "../../src/store/notes.ts"

export interface ChosenDevice {
  readonly name: DeviceName
  /** Part of the key of whatever computes floats. */
  readonly family: string
  /** For people. */
  readonly why: string
}

const noteKey = "choice"

interface Memory {
  /** Of machine, libraries and lowerings; a memory of another one is worth nothing. */
  readonly machine: string
  readonly choice?: Choice
  readonly families: { readonly [device: string]: string }
}

/** The device called `asked`, or the measured choice for `auto`. Left is a sentence for people. */
export const chooseFor = async (asked: string, notes: Notes, threads: number): Promise<E.Either<string, ChosenDevice>> => {
  const memory = recall(notes)
  if (asked === "auto") {
    const choice = memory.choice ?? (await measureDevices(notes, threads))
    const family = choice.rates.find(({ device }) => device === choice.choice)?.family ?? memory.families[choice.choice]
    return family === undefined ? chooseFor(choice.choice, notes, threads) : E.right({ name: choice.choice, family, why: choice.reason })
  }
  const name = deviceNames.find((known) => known === asked)
  if (name === undefined) {
    return E.left(`--device: expected one of auto, ${deviceNames.join(", ")}${hint(asked, [...deviceNames, "auto"])}, got ${asked}`)
  }
  const known = memory.families[name]
  if (known !== undefined) return E.right({ name, family: known, why: "asked for" })
  const { openDevice } = await import("../../src/device/open.ts")
  const opened = await openDevice(name, { threads })
  if (E.isLeft(opened)) return E.left(`--device ${name}: not available here: ${opened.left.reason}`)
  const { family } = opened.right
  await opened.right.close()
  await remember(notes, { ...memory, families: { ...memory.families, [name]: family } })
  return E.right({ name, family, why: "asked for" })
}

/** Measures every device now and remembers the outcome. */
export const measureDevices = async (notes: Notes, threads: number): Promise<Choice> => {
  const [{ chooseDevice }, { openDevice }] = await Promise.all([import("../../src/device/choose.ts"), import("../../src/device/open.ts")])
  const choice = await chooseDevice({ clock: systemClock, open: openDevice, threads, sizes: ["small", "medium"] })
  const families = Object.fromEntries(choice.rates.map(({ device, family }) => [device, family]))
  await remember(notes, { machine: machine(), choice, families })
  return choice
}

const recall = (notes: Notes): Memory => {
  const memory = notes.get("device", noteKey) as unknown as Memory | undefined
  const here = machine()
  return memory?.machine === here ? memory : { machine: here, families: {} }
}

const remember = (notes: Notes, memory: Memory): Promise<void> => notes.put("device", noteKey, JSON.parse(JSON.stringify(memory)) as Json)

const machine = (): string =>
  hashJson({
    processor: cpus()[0]?.model ?? "",
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    libraries: ["gpu.js", "onnxruntime-node", "webgpu"].map(installedVersion),
    lowerings: loweringVersion(new URL("../../src/device/open.ts", import.meta.url)),
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
