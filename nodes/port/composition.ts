/** How several experts become one: what composing their scores and writing text with them must agree on. */

/** What is averaged: logits, probabilities, or probabilities by each expert's posterior after the text so far. */
export const rules = ["logit-mean", "probability-mean", "posterior"] as const
export type Rule = (typeof rules)[number]

/** One weight shared among experts: the first gets `weight`, the others what is left in equal parts. */
export const shares = (weight: number, experts: number): readonly number[] =>
  experts === 1 ? [1] : Array.from({ length: experts }, (_, j) => (j === 0 ? weight : (1 - weight) / (experts - 1)))
