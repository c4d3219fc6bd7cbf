/**
 * One stage of a mergekit configuration as a node: merges checkpoints on the disk into a new one. It is looked at after every commit, for
 * files may have changed; when the result is that of this very plan already, looking is all it does. SPEC F5 to F9.
 */
import { describeFault, defineKind, fingerprintOf, flag, integer, NodeFailure, openCheckpoint, optional, stampOf, text } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { dirname, resolve } from "node:path"
import { checkpointFiles } from "../port/checkpoint.ts"
import { executeMerge, isMerged } from "./checkpoint/execute-merge.ts"
import { preflight, preflightFaults } from "./checkpoint/preflight.ts"
import { planStage, stagesOf } from "./mergekit/merge-stages.ts"

export const mergeCheckpoints = defineKind({
  id: "merger/merge-checkpoints",
  module: import.meta.url,
  title: "Merge of checkpoints on the disk",
  reference: "https://github.com/arcee-ai/mergekit",
  params: {
    file: text({ doc: "Where the configuration is from: names it in messages, and its folder is where models are looked for" }),
    config: text({ doc: "The configuration, YAML in mergekit's format" }),
    stage: integer({ min: 0, max: 1000, default: 0, doc: "Which of its documents" }),
    out: text({ doc: "Folder of the last stage's result, from the current folder" }),
    compat: flag({ default: false, doc: "Do as mergekit does, also where that is a known defect" }),
    seed: text({ default: "0", doc: "Seed of everything random" }),
  },
  inputs: { before: optional(checkpointFiles) },
  outputs: { checkpoint: checkpointFiles },
  volatile: { everyMs: 1 },
  run: async ({ before }, { file, config, stage: number, out, compat, seed }, { clock, signal, progress }) => {
    const options = { folder: dirname(resolve(file)), out: resolve(out), compat, seed }
    const orFail = <A>(result: E.Either<readonly string[], A>): A => {
      if (E.isRight(result)) return result.right
      throw new NodeFailure(result.left.join("\n"), { param: "config" })
    }
    const stage = orFail(stagesOf(file, config, options))[number]
    if (stage === undefined) throw new NodeFailure(`${file}: expected a stage ${number}, got fewer`, { param: "stage" })
    const plan = orFail(planStage(stage, new Map(Object.entries(before?.stages ?? {})), options))
    const faults = preflightFaults(plan, stage.out, preflight(plan, stage.out, 2))
    if (faults.length > 0) throw new NodeFailure(faults.join("\n"), { param: "out" })
    if (!isMerged(plan, stage.out)) {
      const done = await executeMerge(plan, stage.out, { clock, threads: 1, signal, progress: (bytes) => progress({ ...bytes, unit: "bytes" }) })
      if (E.isLeft(done)) throw new NodeFailure(`${stage.out}: ${done.left}`, { param: "out" })
    }
    const made = openCheckpoint(stage.out)
    if (E.isLeft(made)) throw new NodeFailure(describeFault(made.left), { param: "out" })
    const stages = { ...before?.stages, ...(stage.config.name === undefined ? {} : { [stage.config.name]: stage.out }) }
    return { checkpoint: { path: stage.out, fingerprint: fingerprintOf(made.right), stamp: stampOf(made.right), stages } }
  },
})
