/** The signal of a job that may run for so long only: aborted when nobody wants the job any more or when its time is up. SPEC E4. */
import { LazySignal } from "./lazy-signal.ts"

export interface TimeLimit {
  /** Aborts the job. */
  readonly stop: LazySignal
  readonly isOver: () => boolean
  /** The job has ended. */
  readonly lift: () => void
}

export const makeTimeLimit = (stop: LazySignal, ms: number): TimeLimit => {
  const either = new LazySignal()
  let isOver = false
  const timer = setTimeout(() => {
    isOver = true
    either.abort()
  }, ms)
  const pass = (): void => either.abort()
  if (stop.aborted) pass()
  else stop.signal.addEventListener("abort", pass)
  return {
    stop: either,
    isOver: () => isOver,
    lift: () => {
      clearTimeout(timer)
      stop.signal.removeEventListener("abort", pass)
    },
  }
}
