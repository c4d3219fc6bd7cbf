/** What a Newton step on the weights of a logit mean needs, as a program over rows of tokens. */
import { add, exp, input, logSoftmax, makeProgram, mul, must, neg, reduceSum, reshape, stack, sub, takeAlong, type Expr, type Program } from "#src"

/**
 * Of `loss(w) = - sum_rows log_softmax(sum_j w_j l_j)[target]` at `weight/j` f32 []: `loss` f32 [], and with c_j = l_j - E_p[l_j] the
 * gradient `- sum c_j[target]`, f32 [experts], and the Hessian `sum E_p[c_i c_j]`, f32 [experts, experts].
 * Inputs: `logits/j` f32 [rows, vocabulary], `target` i32 [rows], `counts` f32 [rows], 0 for padding and else 1.
 */
export const weightStepProgram = (experts: number, rows: number, vocabulary: number): Program => {
  const logits = Array.from({ length: experts }, (_, j) => input(`logits/${j}`, [rows, vocabulary]))
  const weights = logits.map((_, j) => input(`weight/${j}`, []))
  const [target, counts] = [input("target", [rows], "i32"), input("counts", [rows])]
  const mixed = logits.map((l, j) => mul(l, must(weights[j], "weight"))).reduce((sum, l) => add(sum, l))
  const scores = logSoftmax(mixed)
  const p = exp(scores)
  const at = (x: Expr): Expr => reshape(takeAlong(x, reshape(target, [rows, 1])), [rows])
  const centred = logits.map((l) => sub(l, reduceSum(mul(p, l), -1, true)))
  const total = (x: Expr): Expr => reduceSum(mul(x, counts), 0)
  return makeProgram({
    inputs: [...logits, ...weights, target, counts],
    outputs: {
      loss: neg(total(at(scores))),
      gradient: stack(centred.map((c) => neg(total(at(c))))),
      hessian: stack(centred.map((a) => stack(centred.map((b) => total(reduceSum(mul(p, mul(a, b)), -1)))))),
    },
  })
}
