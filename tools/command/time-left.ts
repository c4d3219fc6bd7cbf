/** How long something will still take, from what it did since it was first heard of. */
import type { Progress } from "../../src/engine/context.ts"

/** Where a node stood at some moment. */
export interface Mark {
  readonly at: number
  readonly done: number
}

/** Milliseconds left at the pace since `start` (a resumed node starts in the middle); undefined before there is a pace. */
export const timeLeft = (start: Mark, now: number, { done, total }: Progress): number | undefined => {
  const gained = done - start.done
  return total === undefined || gained <= 0 || now <= start.at ? undefined : (Math.max(0, total - done) * (now - start.at)) / gained
}
