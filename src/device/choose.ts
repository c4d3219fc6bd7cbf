/**
 * Which device to use when nobody says: measures every device that opens, then decides. The decision is a pure
 * function of the measurements; both are plain data, so a caller can keep them (one measurement a machine is enough)
 * and show them later.
 */
import { messageOf } from "../base/message.ts"
import * as E from "fp-ts/lib/Either.js"
import type { Clock } from "../base/clock.ts"
import { deviceNames, type Device, type DeviceName, type DeviceOptions } from "./device.ts"
import type { DeviceError } from "./device-error.ts"
import { type SizeClass, yardstick } from "./yardstick.ts"

/** How long one run of the measuring program of a size took on a device. */
export interface Rate {
  readonly device: DeviceName
  readonly family: string
  readonly size: SizeClass
  /** Median of the runs. */
  readonly milliseconds: number
  readonly gigaflopsPerSecond: number
}

export interface Choice {
  readonly choice: DeviceName
  readonly rates: readonly Rate[]
  readonly unavailable: readonly { readonly device: DeviceName; readonly reason: string }[]
  /** One sentence for people. */
  readonly reason: string
}

export interface ChooseOptions extends DeviceOptions {
  readonly clock: Clock
  readonly open: (name: DeviceName, options: DeviceOptions) => Promise<E.Either<DeviceError, Device>>
  /** Default: every device. */
  readonly devices?: readonly DeviceName[]
  /** Default: medium, the size of a small training step. */
  readonly sizes?: readonly SizeClass[]
}

/** gpu.js is preferred unless something else is more than this much faster. */
export const tie = 1.2

/** Time all runs on one device may take, beyond the first. */
const budgetPerDevice = 300
const runsPerSize = 7

const isGpujs = (name: DeviceName): boolean => name !== "onnx"

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)

/** Typical time of each device over the sizes it was measured at, fastest first. */
const ranking = (rates: readonly Rate[]): readonly (readonly [DeviceName, number])[] =>
  deviceNames
    .flatMap((device) => {
      const times = rates.filter((rate) => rate.device === device).map((rate) => rate.milliseconds)
      return times.length === 0 ? [] : [[device, geometricMean(times)] as const]
    })
    .sort((a, b) => a[1] - b[1])

const ms = (value: number): string => `${value.toPrecision(3)} ms`

/** The fastest device, but gpu.js when its best backend is within 20 % of it; without measurements, what runs everywhere. */
export const decide = (rates: readonly Rate[]): Pick<Choice, "choice" | "reason"> => {
  const ranked = ranking(rates)
  const [fastest] = ranked
  if (fastest === undefined) return { choice: "gpujs:cpu", reason: "no device could be measured; gpujs:cpu runs everywhere" }
  const gpujs = ranked.find(([device]) => isGpujs(device))
  if (gpujs !== undefined && gpujs[0] !== fastest[0] && gpujs[1] <= fastest[1] * tie) {
    const reason = `${gpujs[0]} (${ms(gpujs[1])}) is within 20 % of ${fastest[0]} (${ms(fastest[1])}), and gpu.js wins ties`
    return { choice: gpujs[0], reason }
  }
  const next = ranked[1]
  const first = `${fastest[0]} (${ms(fastest[1])})`
  if (next === undefined) return { choice: fastest[0], reason: `${first} is the only device that opens` }
  return { choice: fastest[0], reason: `${first} is ${(next[1] / fastest[1]).toFixed(1)} times as fast as ${next[0]} (${ms(next[1])})` }
}

/** Median time of a few runs after a first one that compiles. */
const measure = async (device: Device, size: SizeClass, budget: number, clock: Clock): Promise<Rate> => {
  const { program, resident, inputs, operations } = yardstick(size)
  const compiled = await device.compile(program)
  const bound = await compiled.bind(resident)
  await bound.run(inputs)
  const times: number[] = []
  const start = clock.now()
  while (times.length === 0 || (times.length < runsPerSize && clock.now() - start < budget)) {
    const before = clock.now()
    await bound.run(inputs)
    times.push(clock.now() - before)
  }
  await bound.close()
  await compiled.close()
  times.sort((a, b) => a - b)
  const milliseconds = Math.max(times[times.length >> 1] ?? 0, 1e-3)
  return { device: device.name, family: device.family, size, milliseconds, gigaflopsPerSecond: operations / milliseconds / 1e6 }
}

/** Measures every device that opens and decides. Devices that do not open, or fail, are listed with their reasons. */
export const chooseDevice = async ({ clock, open, threads, devices = deviceNames, sizes = ["medium"] }: ChooseOptions): Promise<Choice> => {
  const rates: Rate[] = []
  const unavailable: { device: DeviceName; reason: string }[] = []
  for (const name of devices) {
    const opened = await open(name, { threads })
    if (E.isLeft(opened)) {
      unavailable.push({ device: name, reason: opened.left.reason })
      continue
    }
    const device = opened.right
    try {
      for (const size of sizes) rates.push(await measure(device, size, budgetPerDevice / sizes.length, clock))
    } catch (error) {
      unavailable.push({ device: name, reason: messageOf(error) })
    }
    await device.close()
  }
  return { ...decide(rates), rates, unavailable }
}

/** A choice as lines of text: the table of rates, what is missing and why, the decision. */
export const describeChoice = ({ choice, rates, unavailable, reason }: Choice): string =>
  [
    ...rates.map((rate) =>
      [
        rate.device.padEnd(13),
        rate.size.padEnd(7),
        ms(rate.milliseconds).padStart(9),
        `${rate.gigaflopsPerSecond.toFixed(2).padStart(8)} GFLOP/s `,
        rate.family,
      ].join(" "),
    ),
    ...unavailable.map(({ device, reason: why }) => `${device.padEnd(13)} not available: ${why}`),
    `choice: ${choice}, because ${reason}`,
  ].join("\n")
