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

/** Enough to see one that nothing held up: the first few may be slow, as threads start, JavaScript is compiled and threads are compared. */
const mostRuns = 18
/** Milliseconds for runs after the first, however long that took: to compile may take all of the time there is, and one run after it tells little. */
const leastMs = 30

interface Timed {
  /** The shortest time of a run. */
  readonly milliseconds: number
  /** What it took to be ready: to compile, and the first run. */
  readonly start: number
}

/** Of as many runs as `until` leaves room for, at least one after a first one that compiles. */
const timeOf = async (device: Device, { program, resident, inputs }: Yardstick, until: number, clock: Clock): Promise<Timed> => {
  const from = clock.now()
  const compiled = await device.compile(program)
  const bound = await compiled.bind(resident)
  await bound.run(inputs)
  const ready = clock.now()
  const end = Math.max(until, ready + leastMs)
  const times: number[] = []
  for (let before = ready; times.length === 0 || (times.length < mostRuns && before < end); before = clock.now()) {
    await bound.run(inputs)
    times.push(clock.now() - before)
  }
  await bound.close()
  await compiled.close()
  return { milliseconds: Math.max(Math.min(...times), 1e-3), start: ready - from }
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

export interface TimeLimits {
  /** The device's own. */
  readonly until: number
  /** Of all devices together. */
  readonly end: number
}

/**
 * Rates from small to large. Later than `until` only where the smallest yardstick's two runs are, or a run is far slower than those before;
 * where a larger program needs as long to be ready as the last one did, not later than `end`.
 */
export const measureDevice = async (device: Device, { until, end }: TimeLimits, clock: Clock): Promise<readonly Rate[]> => {
  const rates: Rate[] = []
  let start = 0
  for (const [i, size] of sizeClasses.entries()) {
    const yard = yardstick(size)
    const now = clock.now()
    const expected = expectedTime(rates, yard.operations)
    // One run to compile, one to measure.
    const estimated = rates.length > 0 && (now + 2 * expected > until || now + start + expected > end)
    const timed = estimated ? { milliseconds: expected, start } : await timeOf(device, yard, now + (until - now) / (sizeClasses.length - i), clock)
    const { milliseconds } = timed
    start = timed.start
    const gigaflopsPerSecond = yard.operations / milliseconds / 1e6
    rates.push({ device: device.name, family: device.family, size, milliseconds, gigaflopsPerSecond, ...(estimated ? { estimated } : {}) })
  }
  return rates
}
