/** Params of nodes that look at, or execute, a stage of a configuration, and the plan of it. */
import { flag, integer, NodeFailure, text, type ParamValues } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { dirname, resolve } from "node:path"
import type { CheckpointFiles } from "../../port/checkpoint.ts"
import type { MergePlan } from "../checkpoint/merge-plan.ts"
import { planStage, stagesOf, type Stage, type StageOptions } from "./merge-stages.ts"
import { lookAhead, planAhead } from "./plan-ahead.ts"

export const stageParams = {
  file: text({ doc: "Where the configuration is from: names it in messages, and its folder is where models are looked for" }),
  config: text({ doc: "The configuration, YAML in mergekit's format" }),
  stage: integer({ min: 0, max: 1000, default: 0, doc: "Which of its documents" }),
  out: text({ doc: "Folder of the last stage's result, from the current folder" }),
  compat: flag({ default: false, doc: "Do as mergekit does, also where that is a known defect" }),
  seed: text({ default: "0", doc: "Seed of everything random" }),
}

/** `before`: the stage before it. Throws a `NodeFailure` with all that is wrong: of the first stage with what is wrong with later ones. */
export const planOfStage = (params: ParamValues<typeof stageParams>, before: CheckpointFiles | undefined): { readonly stage: Stage; readonly plan: MergePlan } => {
  const { stages, options } = stagesOfParams(params)
  const stage = stages[params.stage]
  if (stage === undefined) throw new NodeFailure(`${params.file}: expected a stage ${params.stage}, got fewer`, { param: "stage" })
  const plan = planStage(stage, new Map(Object.entries(before?.stages ?? {})), options)
  if (E.isLeft(plan) && before === undefined) orFail(planAhead(stages, options))
  return { stage, plan: orFail(plan) }
}

/** Before a stage is merged: throws a `NodeFailure` with all that would keep another one from being merged. */
export const requireOtherStages = (params: ParamValues<typeof stageParams>): void => {
  const { stages, options } = stagesOfParams(params)
  if (stages.length > 1) orFail(lookAhead(stages, options, () => 1))
}

const stagesOfParams = ({ file, config, out, compat, seed }: ParamValues<typeof stageParams>): { readonly stages: readonly Stage[]; readonly options: StageOptions } => {
  const options = { folder: dirname(resolve(file)), out: resolve(out), compat, seed }
  return { stages: orFail(stagesOf(file, config, options)), options }
}

const orFail = <A>(result: E.Either<readonly string[], A>): A => {
  if (E.isRight(result)) return result.right
  throw new NodeFailure(result.left.join("\n"), { param: "config" })
}
