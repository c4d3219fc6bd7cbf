/** All stages of a file, planned and looked at before one of them is merged: a mistake in the last one is told at once. SPEC F6, F9. */
import { counted, messageOf } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { MergePlan } from "../checkpoint/merge-plan.ts"
import { originName } from "../checkpoint/output-place.ts"
import { expectedRoom, preflight, preflightFaults, type Preflight } from "../checkpoint/preflight.ts"
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

export interface LookedAhead extends StageAhead {
  readonly facts: Preflight
}

/** `seatsOf`: by how many threads a plan is merged. Left: all that is wrong, with the models, with the places of the results, and with the room for them. */
export const lookAhead = (stages: readonly Stage[], options: StageOptions, seatsOf: (plan: MergePlan) => number): E.Either<Problems, readonly LookedAhead[]> => {
  const ahead = planAhead(stages, options)
  if (E.isLeft(ahead)) return ahead
  const looked = ahead.right.map(({ stage, plan }) => ({ stage, plan, facts: preflight(plan, stage.out, seatsOf(plan)) }))
  const faults = [...looked.flatMap(({ stage, plan, facts }) => preflightFaults(plan, stage.out, facts)), ...roomFaults(looked)]
  return faults.length > 0 ? E.left(faults) : E.right(looked)
}

/** Results of all stages lie on the disk at the end of the last. */
const roomFaults = (looked: readonly LookedAhead[]): readonly string[] => {
  const missing = looked.filter(({ stage }) => !existsSync(join(stage.out, originName)))
  const bytes = missing.reduce((sum, { facts }) => sum + facts.writeBytes, 0)
  const free = looked.at(-1)?.facts.freeBytes
  return free !== undefined && free < bytes ? [`${counted(missing.length, "stage")}: ${expectedRoom(bytes, free)}`] : []
}
