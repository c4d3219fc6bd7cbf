/**
 * A criterion of a study, and what became of it: the claims that it consists of, each with its interval, and PASS, FAIL or INCONCLUSIVE.
 * A criterion may consist of others.
 */
import { choice, defineKind, many, text, verdictPort } from "#src"
import { together } from "./judge.ts"

export const verdict = defineKind({
  id: "metric/verdict",
  module: import.meta.url,
  title: "Verdict on a criterion",
  params: {
    id: text({ doc: "Number of the criterion" }),
    part: text({ default: "", doc: "Part of the study it belongs to" }),
    claim: text({ doc: "What is claimed, in measurable form" }),
    need: choice(["all", "any"], { default: "all", doc: "Whether all of its claims must hold, or one of them" }),
  },
  inputs: { claims: many(verdictPort) },
  outputs: { verdict: verdictPort },
  cores: 0,
  run: ({ claims }, { id, part, claim, need }) => ({
    verdict: { id, part, claim, outcome: together(claims.map(({ outcome }) => outcome), need), effects: claims.flatMap(({ effects }) => effects) },
  }),
})
