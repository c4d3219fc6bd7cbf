/**
 * T3 (arXiv 2510.27265): for every test example, or batch, a place of its own between a pre-trained model and its fine-tuned one, by how far
 * apart what they predict is. As published, `lambda = low + (high - low) sigma(gamma JS)`: the Jensen-Shannon divergence is at most ln 2, so that
 * at the authors' gamma of 0.5 a coefficient lies in [0.5, 0.586] of the range whatever the example. `normalised` uses all of it, `JS / ln 2`.
 */

export interface T3 {
  readonly rule: "published" | "normalised"
  readonly low: number
  readonly high: number
  readonly gamma: number
}

/** Nats, 0 to ln 2, of two rows of log-probabilities; what has probability 0 adds nothing. */
export const jensenShannon = (p: ArrayLike<number>, q: ArrayLike<number>): number => {
  let total = 0
  for (let c = 0; c < p.length; c++) {
    const [a, b] = [Math.exp(p[c] as number), Math.exp(q[c] as number)]
    const mean = (a + b) / 2
    if (a > 0) total += (a / 2) * Math.log(a / mean)
    if (b > 0) total += (b / 2) * Math.log(b / mean)
  }
  return Math.min(Math.max(total, 0), Math.LN2)
}

/** Share of the fine-tuned model. */
export const t3Coefficient = ({ rule, low, high, gamma }: T3, divergence: number): number =>
  low + (high - low) * (rule === "published" ? 1 / (1 + Math.exp(-gamma * divergence)) : divergence / Math.LN2)

/** What coefficients there can be. */
export const t3Range = (of: T3): readonly [least: number, most: number] => [t3Coefficient(of, 0), t3Coefficient(of, Math.LN2)]

/** The nearest of `bins` places in the range: as many models as bins are merged, however many examples there are. */
export const t3Bin = (of: T3, coefficient: number, bins: number): { readonly bin: number; readonly centre: number } => {
  const [least, most] = t3Range(of)
  const share = most === least ? 0 : (coefficient - least) / (most - least)
  const bin = Math.min(bins - 1, Math.max(0, Math.floor(share * bins)))
  return { bin, centre: least + ((bin + 0.5) / bins) * (most - least) }
}
