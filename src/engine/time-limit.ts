/** The signal of a job that may run for so long only: aborted when nobody wants the job any more or when its time is up. SPEC E4. */
import { makeLazySignal, type LazySignal } from "./lazy-signal.ts"

export interface TimeLimit {
  readonly signal: AbortSignal
  readonly isOver: () => boolean
  /** The job has ended. */
  readonly lift: () => void
}

/** Without `ms`, the signal is that of `stop`. */
export const makeTimeLimit = (stop: LazySignal, ms: number | undefined): TimeLimit => {
  if (ms === undefined) {
    return {
      get signal() {
        return stop.signal
      },
      isOver: () => false,
      lift: () => undefined,
    }
  }
  const either = makeLazySignal()
  let isOver = false
  const timer = setTimeout(() => {
    isOver = true
    either.abort()
  }, ms)
  const pass = (): void => either.abort()
  if (stop.aborted) pass()
  else stop.signal.addEventListener("abort", pass)
  return {
    get signal() {
      return either.signal
    },
    isOver: () => isOver,
    lift: () => {
      clearTimeout(timer)
      stop.signal.removeEventListener("abort", pass)
    },
  }
}
