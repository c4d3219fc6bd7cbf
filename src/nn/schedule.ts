/**
 * Learning rates as functions of the step alone, never of how many steps there will be: training can always go on. Those that end
 * somewhere (`until`) have that as a setting of their own and stay at their last value after it. Steps count from 1; `warmup` is 1 or
 * more steps, linear from 0 to `peak`.
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

const warm = (peak: number, warmup: number, step: number): number => (peak * step) / warmup
/** How far `step` is from `from` to `until`, within [0, 1]. */
const progress = (step: number, from: number, until: number): number => Math.min(Math.max((step - from) / (until - from), 0), 1)

/** Half a cosine from `from` to `to`. */
const cosine = (from: number, to: number, at: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * at))) / 2

/** Warm-up, then one cosine from `peak` to `floor` at step `until` (Loshchilov & Hutter, arXiv 1608.03983, without restarts). */
export const cosineDecay =
  (peak: number, warmup: number, until: number, floor = 0): Schedule =>
  (step) =>
    step <= warmup ? warm(peak, warmup, step) : cosine(peak, floor, progress(step, warmup, until))

/** Warm-up, then `(1 - progress)^power` from `peak` to `floor` at step `until`; linear for a power of 1. */
export const polynomialDecay =
  (peak: number, warmup: number, until: number, { power = 1, floor = 0 }: { readonly power?: number; readonly floor?: number } = {}): Schedule =>
  (step) =>
    step <= warmup ? warm(peak, warmup, step) : floor + (peak - floor) * (1 - progress(step, warmup, until)) ** power

/** Warm-up, `peak` up to step `stable`, then linear to `floor` at step `until` (Hu et al., arXiv 2404.06395: warmup-stable-decay). */
export const warmupStableDecay =
  (peak: number, warmup: number, stable: number, until: number, floor = 0): Schedule =>
  (step) =>
    step <= warmup ? warm(peak, warmup, step) : peak + (floor - peak) * progress(step, stable, until)

/** `peak factor^k` after the k-th of the `milestones` (He et al., arXiv 1512.03385, section 4.2: 0.1 each). */
export const stepDecay =
  (peak: number, milestones: readonly number[], factor = 0.1, warmup = 1): Schedule =>
  (step) =>
    Math.min(1, step / warmup) * peak * factor ** milestones.filter((milestone) => step > milestone).length

/** One cycle (Smith & Topin, arXiv 1708.07120): cosine from `peak / 25` up to `peak` at step `top`, and down to `peak / 250,000` at step `until`. */
export const oneCycle =
  (peak: number, top: number, until: number): Schedule =>
  (step) =>
    step <= top ? cosine(peak / 25, peak, progress(step, 0, top)) : cosine(peak, peak / 250_000, progress(step, top, until))
