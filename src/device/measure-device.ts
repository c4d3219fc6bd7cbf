/**
 * How fast a device runs the yardsticks, within a time that is given: few runs of what is slow, none of what would take
 * too long, which is estimated instead and says so.
 */
import type { Clock } from "../base/clock.ts"
import type { Device, DeviceName } from "./device.ts"
import { type SizeClass, sizeClasses, type Yardstick, yardstick } from "./yardstick.ts"

/** How long one run of the yardstick of a size takes on a device. */
export interface Rate {
  readonly device: DeviceName
  readonly family: string
  readonly size: SizeClass
  /** The fastest of the runs: what else a machine does only adds. */
  readonly milliseconds: number
  readonly gigaflopsPerSecond: number
  /** There was no time to run it: what the smaller ones that did run lead to expect. */
  readonly estimated?: true
}

/** Enough to see one that nothing held up. */
const mostRuns = 7
/** A run may be slow for its first few times: threads start, JavaScript is compiled, threads are compared. */
const mostWarmUps = 12

/** The shortest time of a run, of as many as `until` leaves room for, at least one after a first one that compiles. */
const timeOf = async (device: Device, { program, resident, inputs }: Yardstick, until: number, clock: Clock): Promise<number> => {
  const from = clock.now()
  const compiled = await device.compile(program)
  const bound = await compiled.bind(resident)
  const warm = from + (until - from) / 3
  for (let i = 0; i === 0 || (i < mostWarmUps && clock.now() < warm); i++) await bound.run(inputs)
  const times: number[] = []
  for (let before = clock.now(); times.length === 0 || (times.length < mostRuns && before < until); before = clock.now()) {
    await bound.run(inputs)
    times.push(clock.now() - before)
  }
  await bound.close()
  await compiled.close()
  return Math.max(Math.min(...times), 1e-3)
}

/** Of the smallest run, where nothing larger tells: the rest is what starting any run takes. */
const shareOfWork = 0.1

/** What a run of `operations` takes when a start and each operation take always the same, by the last two that were run. */
const expectedTime = (rates: readonly Rate[], operations: number): number => {
  const [b, a] = [rates.at(-1), rates.at(-2)]
  if (b === undefined) return 0
  const done = ({ milliseconds, gigaflopsPerSecond }: Rate): number => milliseconds * gigaflopsPerSecond * 1e6
  const slope = a === undefined ? (b.milliseconds * shareOfWork) / done(b) : Math.max(0, b.milliseconds - a.milliseconds) / (done(b) - done(a))
  return b.milliseconds + slope * (operations - done(b))
}

/** Rates from small to large. Later than `until` only where the smallest yardstick's two runs are, or a run is far slower than those before. */
export const measureDevice = async (device: Device, until: number, clock: Clock): Promise<readonly Rate[]> => {
  const rates: Rate[] = []
  for (const [i, size] of sizeClasses.entries()) {
    const yard = yardstick(size)
    const now = clock.now()
    const expected = expectedTime(rates, yard.operations)
    // One run to compile, one to measure.
    const estimated = rates.length > 0 && now + 2 * expected > until
    const milliseconds = estimated ? expected : await timeOf(device, yard, now + (until - now) / (sizeClasses.length - i), clock)
    const gigaflopsPerSecond = yard.operations / milliseconds / 1e6
    rates.push({ device: device.name, family: device.family, size, milliseconds, gigaflopsPerSecond, ...(estimated ? { estimated } : {}) })
  }
  return rates
}
