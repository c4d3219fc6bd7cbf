/**
 * Jobs that wait until the consumers of their streams take something, and have no use for their cores meanwhile. One
 * that has waited for a while gives them to work that is ready, and gets as many back before anything else is begun:
 * what it is told is kept from it until then, so it stands still. SPEC P21.
 */
import type { Clock } from "../base/clock.ts"
import type { Hub } from "./stream/hub.ts"

/** A running job, as far as it is of concern here. */
export interface Resting {
  readonly work: { readonly key: Parameters<Hub["hold"]>[0] }
  readonly threads: number
}

export interface Rests<X extends Resting> {
  /** It waits from now on; `isReady`: there is work that could have its cores. */
  readonly begin: (x: X, isReady: boolean) => void
  /** It could go on. */
  readonly end: (x: X) => void
  /** The job is over; whether its cores had been given away. */
  readonly close: (x: X) => boolean
  /** Lays down a job that has waited long enough; undefined when there is none yet. */
  readonly layDown: () => X | undefined
  /** Jobs that could go on and have no cores, the first to be woken first. */
  readonly sleepless: () => Iterable<X>
  readonly wake: (x: X) => void
  /** Cores that have been given away. Whatever reads from such a job must not begin on them: neither could go on. */
  readonly cores: () => number
}

export interface RestsOptions {
  readonly hub: Hub
  readonly clock: Clock
  /** Milliseconds that a job waits before it gives its cores away: longer than between two elements that are worth it. */
  readonly patienceMs: number
  /** Some job has waited long enough. */
  readonly onPatient: () => void
}

export const makeRests = <X extends Resting>({ hub, clock, patienceMs, onPatient }: RestsOptions): Rests<X> => {
  const waiting = new Map<X, number>()
  const asleep = new Set<X>()
  const sleepless = new Set<X>()
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    if (timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      if (waiting.size > 0) onPatient()
    }, patienceMs)
    timer.unref()
  }
  return {
    begin: (x, isReady) => {
      if (asleep.has(x)) return
      waiting.set(x, clock.now())
      if (isReady) look()
    },
    end: (x) => {
      waiting.delete(x)
      if (asleep.has(x)) sleepless.add(x)
    },
    close: (x) => {
      waiting.delete(x)
      sleepless.delete(x)
      return asleep.delete(x)
    },
    layDown: () => {
      for (const [x, since] of waiting) {
        if (clock.now() - since < patienceMs) continue
        waiting.delete(x)
        asleep.add(x)
        hub.hold(x.work.key)
        return x
      }
      if (waiting.size > 0) look()
      return undefined
    },
    sleepless: () => sleepless,
    wake: (x) => {
      sleepless.delete(x)
      asleep.delete(x)
      hub.release(x.work.key)
    },
    cores: () => [...asleep].reduce((sum, { threads }) => sum + threads, 0),
  }
}
