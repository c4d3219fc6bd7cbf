/**
 * Mixtures of probabilities, token by token. They need only what each expert gave the token that came, so no logits are read.
 */

/** ln sum_j exp(x_j), without overflow; -Infinity when every term is. */
const logSumExp = (terms: readonly number[]): number => {
  const top = Math.max(...terms)
  return top === -Infinity ? -Infinity : top + Math.log(terms.reduce((sum, x) => sum + Math.exp(x - top), 0))
}

const column = (experts: readonly Float32Array[], token: number): readonly number[] => experts.map((logp) => logp[token] as number)

/**
 * Mean of probabilities: `ln p(x) = ln sum_j w_j p_j(x)`.
 * @param experts natural log-probabilities [n] of the tokens that came, one array an expert
 * @param weights non-negative, summing to 1
 */
export const probabilityMean = (experts: readonly Float32Array[], weights: readonly number[]): Float32Array => {
  const share = weights.map((w) => Math.log(w))
  return Float32Array.from(experts[0] as Float32Array, (_, token) => logSumExp(column(experts, token).map((x, j) => x + (share[j] as number))))
}

/**
 * Bayesian mixture per document (Branch-Train-Merge, arXiv 2208.03306, section 2): expert j counts for its posterior given
 * the document so far, `w_j(t) ~ w_j prod_{s<t} p_j(x_s)`. Its regret to the best expert is at most `-ln w_best` a document.
 * What comes back takes chunks of tokens, one after another: natural log-probabilities [n] of each expert, and the index
 * of each token's document, [n]; a change of index starts again from the prior.
 */
export const posteriorMixture = (prior: readonly number[]): ((experts: readonly Float32Array[], document: Int32Array) => Float32Array) => {
  const start = prior.map((w) => Math.log(w))
  let evidence = start
  let last: number | undefined
  return (experts, document) =>
    Float32Array.from(experts[0] as Float32Array, (_, token) => {
      if (last !== undefined && document[token] !== last) evidence = start
      last = document[token]
      const joint = column(experts, token).map((x, j) => x + (evidence[j] as number))
      const logp = logSumExp(joint) - logSumExp(evidence)
      evidence = joint
      return logp
    })
}
