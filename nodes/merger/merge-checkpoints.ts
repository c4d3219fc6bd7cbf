/**
 * One stage of a mergekit configuration as a node: merges checkpoints on the disk into a new one. It is looked at after every commit, for
 * files may have changed; when the result is that of this very plan already, looking is all it does. SPEC F5 to F9, F15.
 */
import { describeFault, defineKind, fingerprintOf, metricPort, NodeFailure, openCheckpoint, optional, stampOf, tablePort } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { checkpointFiles } from "../port/checkpoint.ts"
import { executeMerge, resultOfPlan } from "./checkpoint/execute-merge.ts"
import { describeOverflow } from "./checkpoint/overflows.ts"
import { preflight, preflightFaults } from "./checkpoint/preflight.ts"
import { removeBefore } from "./checkpoint/unfinished.ts"
import { planOfStage, requireOtherStages, stageParams } from "./mergekit/stage-params.ts"

export const mergeCheckpoints = defineKind({
  id: "merger/merge-checkpoints",
  module: import.meta.url,
  title: "Merge of checkpoints on the disk",
  reference: "https://github.com/arcee-ai/mergekit",
  params: stageParams,
  inputs: { before: optional(checkpointFiles) },
  outputs: { checkpoint: checkpointFiles, infinite: metricPort, overflows: tablePort },
  volatile: { everyMs: 1 },
  run: async ({ before }, params, { clock, signal, progress }) => {
    const { stage, plan } = planOfStage(params, before)
    const merged = async () => {
      const faults = preflightFaults(plan, stage.out, preflight(plan, stage.out, 1))
      if (faults.length > 0) throw new NodeFailure(faults.join("\n"), { param: "out" })
      requireOtherStages(params)
      const done = await executeMerge(plan, stage.out, { clock, seats: 1, signal, progress: ({ what, ...bytes }) => progress({ ...bytes, unit: "bytes", note: what }) })
      if (E.isLeft(done)) throw new NodeFailure(`${stage.out}: ${done.left}`, { param: "out" })
      return done.right
    }
    const earlier = resultOfPlan(plan, stage.out)
    if (earlier !== undefined) removeBefore(stage.out)
    const { overflows } = earlier ?? (await merged())
    const made = openCheckpoint(stage.out)
    if (E.isLeft(made)) throw new NodeFailure(describeFault(made.left), { param: "out" })
    const stages = { ...before?.stages, ...(stage.config.name === undefined ? {} : { [stage.config.name]: stage.out }) }
    return {
      checkpoint: { path: stage.out, fingerprint: fingerprintOf(made.right), stamp: stampOf(made.right), stages },
      infinite: { title: "Values beyond the range of what they are stored in", unit: "values written as infinite", better: "lower" as const, values: { all: overflows.reduce((sum, { values }) => sum + values, 0) } },
      overflows: {
        title: "Values beyond the range of what they are stored in, by tensor",
        columns: ["tensor", "values", "largest", "what was done"],
        rows: overflows.map((one) => [one.tensor, one.values, one.largest === null ? "infinite" : one.largest.toPrecision(4), describeOverflow(one)]),
      },
    }
  },
})
