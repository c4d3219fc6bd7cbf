/**
 * Learning rates as functions of the step alone, never of how many steps there will be: training can always go on.
 * Steps count from 1; `warmup` is 1 or more steps.
 */

export type Schedule = (step: number) => number

/** Linear from 0 to `peak` over `warmup` steps, then constant. */
export const constantRate =
  (peak: number, warmup = 1): Schedule =>
  (step) =>
    peak * Math.min(step / warmup, 1)

/** Linear from 0 to `peak` over `warmup` steps, then `peak sqrt(warmup / step)` (Vaswani et al., arXiv 1706.03762, section 5.3). */
export const inverseSqrt =
  (peak: number, warmup: number): Schedule =>
  (step) =>
    peak * Math.min(step / warmup, Math.sqrt(warmup / step))

/**
 * Linear from 0 to `peak` over `warmup` steps, then cosines from `peak` down to `floor`, one every `period` steps (Loshchilov &
 * Hutter, arXiv 1608.03983).
 */
export const cosineRestarts =
  (peak: number, warmup: number, period: number, floor = 0): Schedule =>
  (step) =>
    step <= warmup ? (peak * step) / warmup : floor + ((peak - floor) * (1 + Math.cos((Math.PI * ((step - warmup) % period)) / period))) / 2
