/** Ctrl-C: the first asks the work to stop in order, the second ends the process at once. */
import { exitCode } from "./exit-code.ts"

/**
 * npm passes on a signal that the terminal has already sent to everyone, so two within this time are one. Also the
 * least time there is for stopping in order.
 */
const echoMs = 400

export interface Interrupt {
  readonly happened: () => boolean
  readonly ignore: () => void
}

/** Calls `stop` once on SIGINT or SIGTERM. */
export const onInterrupt = (stop: () => void): Interrupt => {
  let first: number | undefined
  const handle = (): void => {
    const now = performance.now()
    if (first === undefined) {
      first = now
      stop()
    } else if (now - first > echoMs) process.exit(exitCode.interrupted)
  }
  process.on("SIGINT", handle)
  process.on("SIGTERM", handle)
  return {
    happened: () => first !== undefined,
    ignore: () => {
      process.off("SIGINT", handle)
      process.off("SIGTERM", handle)
    },
  }
}
