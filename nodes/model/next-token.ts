/** The distribution of the next token, from one model or several composed by one of the rules of `merger/compose`. */
import {
  add, concat, expandDims, gather, input, logProbability, logSoftmax, logSumExp, makeProgram, mul, must, reduceSum, reshape, slice, split, stack,
  type Expr, type Program, type Tensors,
} from "#src"
import type { Rule } from "../port/composition.ts"
import type { Model } from "../port/model.ts"
import type { Substrate } from "../port/substrate.ts"
import { modelInputs } from "../port/model-inputs.ts"

export interface NextToken {
  /**
   * Inputs `tokens` i32 [rows, length] and `at` i32 [rows], flat positions of the last tokens; `share/j` f32 [], the weight of
   * model j, or its logarithm for rules that mix probabilities; for `posterior` also `seen` f32 [rows, length - 1], 1 where
   * the token after that place counts as evidence. Output `logits` f32 [rows, vocabulary].
   */
  readonly program: Program
  /** Weights and substrates; the shares are to be added. */
  readonly resident: Tensors
}

/** ln sum_j exp(weight_j + log_softmax(logits_j)): `weights` f32 [] or [rows, 1], `logits` f32 [rows, vocabulary]. */
const mixture = (weights: readonly Expr[], logits: readonly Expr[]): Expr => logSumExp(stack(logits.map((l, j) => add(logSoftmax(l), weights[j] as Expr))), 0)

/** Log-weights [rows, 1] after the evidence of each row's tokens so far, from log-weights []. */
const posterior = (prior: readonly Expr[], logits: readonly Expr[], ids: Expr, seen: Expr): readonly Expr[] => {
  const length = must(ids.shape[1], "length")
  const next = slice(ids, { axis: 1, start: 1 })
  const evidence = logits.map((l) => reduceSum(mul(logProbability(slice(l, { axis: 1, end: length - 1 }), next), seen), -1))
  const joint = concat(evidence.map((e, j) => expandDims(add(e, prior[j] as Expr), -1)))
  return split(logSoftmax(joint), prior.length)
}

export const nextToken = (models: readonly Model[], given: Substrate, rule: Rule, rows: number, length: number): NextToken => {
  const ids = input("tokens", [rows, length], "i32")
  const at = input("at", [rows], "i32")
  const seen = input("seen", [rows, length - 1])
  const shares = models.map((_, j) => input(`share/${j}`, []))
  const parts = models.map((each, j) => modelInputs(each, given, `${j}/`))
  const logits = parts.map((part) => part.logits(ids))
  const last = logits.map((l) => gather(reshape(l, [rows * length, must(l.shape[2], "vocabulary")]), at))
  const mixed =
    rule === "logit-mean" ? last.map((l, j) => mul(l, shares[j] as Expr)).reduce((sum, x) => add(sum, x))
    : mixture(rule === "posterior" ? posterior(shares, logits, ids, seen) : shares, last)
  const inputs = [ids, at, ...(rule === "posterior" ? [seen] : []), ...shares, ...parts.flatMap(({ expressions }) => Object.values(expressions))]
  return { program: makeProgram({ inputs, outputs: { logits: mixed } }), resident: Object.assign({}, ...parts.map(({ values }) => values)) as Tensors }
}

/** Stands for the logarithm of 0: finite on every device, and nothing next to any evidence. */
const never = -1e9

/** What the program takes as `share/j`. */
export const shareOf = (rule: Rule, weight: number): number => (rule === "logit-mean" ? weight : Math.max(Math.log(weight), never))
