/** The measured devices as a table for terminals: how fast each is at each size, which one `auto` takes, and why. */
import type { Choice } from "../../src/device/choose.ts"
import { deviceNames, type DeviceName } from "../../src/device/device.ts"
import type { Rate } from "../../src/device/measure-device.ts"
import { mostOperations, sizeClasses, yardstick, type SizeClass } from "../../src/device/yardstick.ts"
import { duration } from "./duration.ts"
import type { Paint } from "./paint.ts"

export interface DevicesText {
  readonly paint: Paint
  /** Of the terminal. */
  readonly columns: number
  /** Since the measurement, in milliseconds; 0: it was made just now. */
  readonly age: number
  /** The share of the cores that other programs used meanwhile, 0 to 1. */
  readonly others: number
  /** Such as `2 cores, AMD EPYC`. */
  readonly machine: string
}

const gap = "  "
const nameWidth = Math.max(...deviceNames.map((name) => name.length)) + 2
/** `1,234` or `0.123`, right-aligned. */
const rateWidth = 7
const timeWidth = 9
const cellWidth = rateWidth + 1 + timeWidth + 2

export const devicesText = (choice: Choice, { paint, columns, age, others, machine }: DevicesText): string => {
  const measured = [...new Set(choice.rates.map(({ device }) => device))]
  const families = new Map(choice.rates.map(({ device, family }) => [device, family]))
  const wide = columns >= nameWidth + sizeClasses.length * (cellWidth + gap.length) + Math.max(0, ...[...families.values()].map((family) => family.length))
  const heading = (text: (size: SizeClass) => string): string => `${"".padEnd(nameWidth)}${sizeClasses.map((size) => text(size).padStart(cellWidth - 2).padEnd(cellWidth)).join(gap)}`
  const row = (device: DeviceName): string => {
    const cells = sizeClasses.map((size) => cell(choice.rates.find((rate) => rate.device === device && rate.size === size), choice.picks[size].device === device, paint))
    return `${device.padEnd(nameWidth)}${cells.join(gap)}${wide ? gap + paint("dim", families.get(device) ?? "") : ""}`.trimEnd()
  }
  const because = sizeClasses.map((size) => `  ${size.padEnd(8)}${paint("green", choice.picks[size].device.padEnd(nameWidth))}${choice.picks[size].reason}`)
  return [
    `${paint("bold", "Devices")} ${paint("dim", `(${machine}; GFLOP/s of matrix products, and time a run)`)}`,
    "",
    paint("dim", heading((size) => `${size}, ${megaflops(yardstick(size).operations)}`).trimEnd()),
    ...measured.map(row),
    ...choice.unavailable.map(({ device, reason }) => fold(reason, nameWidth, columns).map((line, i) => `${(i === 0 ? device : "").padEnd(nameWidth)}${paint("dim", line)}`).join("\n")),
    "",
    `${paint("bold", "auto")} ${paint("dim", `(a program is small up to ${megaflops(mostOperations.small)} a run, medium up to ${megaflops(mostOperations.medium)})`)}`,
    ...because,
    "",
    ...(choice.rates.some(({ estimated }) => estimated === true) ? [paint("dim", "~ expected from the smaller sizes: there was no time to run it")] : []),
    paint("dim", `measured ${age < 1000 ? "just now" : `${duration(age)} ago`} in ${duration(choice.milliseconds)}${age < 1000 && others < 0.01 ? "" : "; --again measures anew"}`),
    ...(others < 0.01 ? [] : [paint("dim", `other programs used ${Math.round(100 * others)} % of the cores meanwhile`)]),
  ].join("\n")
}

/** `  177    1.52 ms *`: the star is what `auto` takes. */
const cell = (rate: Rate | undefined, picked: boolean, paint: Paint): string => {
  if (rate === undefined) return "".padEnd(cellWidth)
  const about = rate.estimated === true ? "~" : ""
  const figures = `${(about + figure(rate.gigaflopsPerSecond)).padStart(rateWidth)} `
  const took = time(rate.milliseconds).padStart(timeWidth)
  return picked ? paint("green", `${figures}${took} *`) : `${figures}${paint("dim", took)}  `
}

/** Three figures, as long as that is not silly. */
const figure = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3))

const time = (ms: number): string => (ms < 1 ? `${figure(ms * 1000)} µs` : ms < 1000 ? `${figure(ms)} ms` : duration(ms))

const megaflops = (operations: number): string => `${Number((operations / 1e6).toPrecision(2))} MFLOP`

/** Lines that fit beside a name. */
const fold = (text: string, indent: number, columns: number): readonly string[] => {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= Math.max(columns - indent, 30)) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
