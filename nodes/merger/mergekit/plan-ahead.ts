/** All stages of a file, planned before the first of them is merged: a mistake in the last one is told at once. SPEC F6. */
import { messageOf } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { MergePlan } from "../checkpoint/merge-plan.ts"
import { modelsOf } from "./model-uses.ts"
import { planStage, type Problems, type Stage, type StageOptions } from "./merge-stages.ts"
import { writeStandIn } from "./stand-in.ts"

export interface StageAhead {
  readonly stage: Stage
  /** What it reads of earlier stages is not there: to be looked at, not to be merged. */
  readonly plan: MergePlan
}

export const planAhead = (stages: readonly Stage[], options: StageOptions): E.Either<Problems, readonly StageAhead[]> => {
  const folder = mkdtempSync(join(tmpdir(), "cambium-plan-"))
  try {
    const ahead: StageAhead[] = []
    const problems: string[] = []
    const before = new Map<string, string>()
    const unknown = new Set<string>()
    for (const [i, stage] of stages.entries()) {
      const { name } = stage.config
      // What reads the result of a stage in which something is wrong cannot be planned.
      const plan = modelsOf(stage.config).flatMap((model) => model.split("+")).some((model) => unknown.has(model)) ? E.left([]) : planStage(stage, before, options)
      if (E.isLeft(plan)) {
        problems.push(...plan.left)
        if (name !== undefined) unknown.add(name)
        continue
      }
      ahead.push({ stage, plan: plan.right })
      const standIn = join(folder, String(i))
      if (name === undefined || i === stages.length - 1) continue
      writeStandIn(plan.right, standIn)
      before.set(name, standIn)
    }
    return problems.length > 0 ? E.left(problems) : E.right(ahead)
  } catch (error) {
    return E.left([`the stages could not be planned beforehand: ${messageOf(error)}`])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
