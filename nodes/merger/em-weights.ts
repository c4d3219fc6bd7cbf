/** Weights of a mixture of distributions by expectation maximisation: no iteration raises the loss. */
import { probabilityMean } from "./mixture.ts"

/** @param experts natural log-probabilities [n] of the tokens that came, one array an expert */
export const emWeights = (experts: readonly Float32Array[], iterations: number): readonly number[] => {
  let weights: readonly number[] = experts.map(() => 1 / experts.length)
  for (let i = 0; i < iterations; i++) {
    const mixed = probabilityMean(experts, weights)
    weights = experts.map((logp, j) => mixed.reduce((sum, all, token) => sum + (weights[j] as number) * Math.exp((logp[token] as number) - all), 0) / mixed.length)
  }
  return weights
}
