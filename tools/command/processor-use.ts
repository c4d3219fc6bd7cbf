/** How much of the processor's cores other programs use, for what is measured beside them. */
import { cpus } from "node:os"
import { systemClock } from "../../src/base/clock.ts"

/** Begins to watch; gives the share of all cores that others used since, 0 to 1. Where the system does not tell: 0. */
export const watchOthers = (): (() => number) => {
  const [from, busy, own] = [systemClock.now(), busyMs(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(own)
    const whole = (systemClock.now() - from) * cpus().length
    return whole > 0 ? Math.min(1, Math.max(0, (busyMs() - busy - (user + system) / 1000) / whole)) : 0
  }
}

/** Of all cores together, by all programs; a guest's time is part of `user`. */
const busyMs = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
