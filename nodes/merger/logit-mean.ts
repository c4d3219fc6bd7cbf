/** Composition by logits (arXiv 2507.07129v1, section 3.1), as a program over rows of tokens. */
import { add, input, logSoftmax, makeProgram, mul, reshape, takeAlong, type Program } from "#src"

/**
 * `logp = log_softmax(sum_j w_j l_j)[target]`, the normalised weighted geometric mean of the experts.
 * Inputs: `logits/j` f32 [rows, vocabulary] and `weight/j` f32 [] for each expert, `target` i32 [rows]. Output: `logp` f32 [rows].
 */
export const logitMeanProgram = (experts: number, rows: number, vocabulary: number): Program => {
  const logits = Array.from({ length: experts }, (_, j) => input(`logits/${j}`, [rows, vocabulary]))
  const weights = logits.map((_, j) => input(`weight/${j}`, []))
  const target = input("target", [rows], "i32")
  const mixed = logits.map((l, j) => mul(l, weights[j] as typeof l)).reduce((sum, l) => add(sum, l))
  const logp = reshape(takeAlong(logSoftmax(mixed), reshape(target, [rows, 1])), [rows])
  return makeProgram({ inputs: [...logits, ...weights, target], outputs: { logp } })
}
