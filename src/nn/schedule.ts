/**
 * Learning rates as functions of the step alone, never of how many steps there will be: training can always go on.
 * Steps count from 1.
 */

/** Linear from 0 to `peak` over `warmup` steps, then `peak sqrt(warmup / step)` (Vaswani et al., arXiv 1706.03762, section 5.3). */
export const inverseSqrt = (peak: number, warmup: number) => (step: number): number => peak * Math.min(step / warmup, Math.sqrt(warmup / step))
