/**
 * One stage of a mergekit configuration as a node: merges checkpoints on the disk into a new one. It is looked at after every commit, for
 * files may have changed; when the result is that of this very plan already, looking is all it does. SPEC F5 to F9.
 */
import { describeFault, defineKind, fingerprintOf, NodeFailure, openCheckpoint, optional, stampOf } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { checkpointFiles } from "../port/checkpoint.ts"
import { executeMerge, isMerged } from "./checkpoint/execute-merge.ts"
import { preflight, preflightFaults } from "./checkpoint/preflight.ts"
import { removeBefore } from "./checkpoint/unfinished.ts"
import { planOfStage, stageParams } from "./mergekit/stage-params.ts"

export const mergeCheckpoints = defineKind({
  id: "merger/merge-checkpoints",
  module: import.meta.url,
  title: "Merge of checkpoints on the disk",
  reference: "https://github.com/arcee-ai/mergekit",
  params: stageParams,
  inputs: { before: optional(checkpointFiles) },
  outputs: { checkpoint: checkpointFiles },
  volatile: { everyMs: 1 },
  run: async ({ before }, params, { clock, signal, progress }) => {
    const { stage, plan } = planOfStage(params, before)
    const faults = preflightFaults(plan, stage.out, preflight(plan, stage.out, 1))
    if (faults.length > 0) throw new NodeFailure(faults.join("\n"), { param: "out" })
    if (isMerged(plan, stage.out)) removeBefore(stage.out)
    else {
      const done = await executeMerge(plan, stage.out, { clock, seats: 1, signal, progress: ({ what, ...bytes }) => progress({ ...bytes, unit: "bytes", note: what }) })
      if (E.isLeft(done)) throw new NodeFailure(`${stage.out}: ${done.left}`, { param: "out" })
    }
    const made = openCheckpoint(stage.out)
    if (E.isLeft(made)) throw new NodeFailure(describeFault(made.left), { param: "out" })
    const stages = { ...before?.stages, ...(stage.config.name === undefined ? {} : { [stage.config.name]: stage.out }) }
    return { checkpoint: { path: stage.out, fingerprint: fingerprintOf(made.right), stamp: stampOf(made.right), stages } }
  },
})
