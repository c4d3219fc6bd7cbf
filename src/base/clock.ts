/** Time is passed in, so that tests can hold it still. */
export interface Clock {
  /** Monotonic milliseconds, for durations. */
  readonly now: () => number
  /** Milliseconds since the epoch, for dates people read. */
  readonly wall: () => number
}

export const systemClock: Clock = { now: () => performance.now(), wall: () => Date.now() }
