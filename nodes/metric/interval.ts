/** 95 % confidence intervals of means of few values, by Student's t. */
export interface Interval {
  readonly mean: number
  /** Half its width; Infinity for a single value. */
  readonly half: number
}

/** 97.5 % quantiles of Student's t with 1, 2, ... degrees of freedom. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086]

/** Beyond 20 degrees of freedom the quantile is that of 20, which errs to the wide side by less than 7 %. */
export const interval = (values: readonly number[]): Interval => {
  const n = values.length
  const mean = values.reduce((sum, x) => sum + x, 0) / n
  if (n < 2) return { mean, half: Infinity }
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1)
  return { mean, half: (quantiles[Math.min(n - 1, quantiles.length) - 1] as number) * Math.sqrt(variance / n) }
}
