/**
 * On how many tokens a composition loses more than it ever can (arXiv 2507.07129v1, section 3.1; 2208.03306), beyond rounding:
 *
 * - `above mean`: more than the mean of the experts' losses, which neither the mean of logits nor that of probabilities does, both being
 *   convex;
 * - `above least`: more than the least loss plus ln(experts), which the mean of probabilities does not.
 *
 * Experts have equal shares. Any token at all is an error in a program.
 */
import { defineKind, many, metricPort, must, NodeFailure, one, real } from "#src"
import { scores, type Scores } from "../port/scores.ts"

const logp = (of: Scores) => must(of.tensors["logp"], "scores.logp").data

export const tokenBounds = defineKind({
  id: "metric/token-bounds",
  module: import.meta.url,
  title: "Tokens on which a composition breaks its bounds",
  params: { slack: real({ min: 0, max: 1, default: 1e-4, doc: "Nats that rounding may cost" }) },
  inputs: { composed: one(scores), experts: many(scores) },
  outputs: { metric: metricPort },
  cores: 0,
  run: ({ composed, experts }, { slack }) => {
    const [mixed, alone] = [logp(composed), experts.map(logp)]
    alone.forEach((of, j) => {
      if (of.length !== mixed.length) throw new NodeFailure(`expert ${j + 1} has ${of.length} tokens, the composition ${mixed.length}: they must be of one text`)
    })
    let [mean, least] = [0, 0]
    for (let token = 0; token < mixed.length; token++) {
      const losses = alone.map((of) => -(of[token] as number))
      const loss = -(mixed[token] as number) - slack
      if (loss > losses.reduce((sum, x) => sum + x, 0) / losses.length) mean++
      if (loss > Math.min(...losses) + Math.log(losses.length)) least++
    }
    return { metric: { title: "Bounds of a composition", unit: "tokens", better: "lower" as const, values: { "above mean": mean, "above least": least, tokens: mixed.length } } }
  },
})
