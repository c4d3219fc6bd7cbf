/** A configuration's stages, opened and planned one after another; each is planned when those it reads are there. SPEC F6, F8. */
import { describeFault, openCheckpoint, withAdapter, type ModelFiles } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { join } from "node:path"
import type { MergePlan } from "../checkpoint/merge-plan.ts"
import { describeConfigIssue, type MergekitConfig } from "./config.ts"
import { locateModel } from "./locate.ts"
import { modelUses } from "./model-uses.ts"
import { parseConfig } from "./parse-config.ts"
import { planMerge } from "./plan-merge.ts"
import type { YamlDocument } from "./read-yaml.ts"
import { inOrder, resultOf } from "./stage-order.ts"

export interface Stage {
  readonly config: MergekitConfig
  readonly document: YamlDocument
  /** Where its result goes: the last stage's is the result of all. */
  readonly out: string
}

export interface StageOptions {
  /** Relative models are looked for here first. */
  readonly folder: string
  readonly out: string
  readonly compat: boolean
  readonly seed: string
  readonly shardBytes?: number
}

export type Problems = readonly string[]

/** The stages of a file, in the order in which they are merged. */
export const stagesOf = (file: string, text: string, { out }: Pick<StageOptions, "out">): E.Either<Problems, readonly Stage[]> => {
  const parsed = parseConfig(file, text)
  if (E.isLeft(parsed)) return E.left(parsed.left.map(describeConfigIssue))
  const sorted = inOrder(parsed.right)
  if ("ring" in sorted) return E.left([`${file}: expected stages that do not need each other, got ${[...sorted.ring, sorted.ring[0]].join(" -> ")}`])
  const result = resultOf(parsed.right)
  return E.right(sorted.order.map((stage, i) => ({ ...stage, out: stage === result ? out : join(`${out}.stages`, stage.config.name ?? String(i)) })))
}

/** Opens the models of one stage and plans it; `before`: where the results of earlier stages are, by name. */
export const planStage = (stage: Stage, before: ReadonlyMap<string, string>, options: StageOptions): E.Either<Problems, MergePlan> => {
  const problems: string[] = []
  const models = new Map<string, ModelFiles>()
  for (const [name, at] of modelUses(stage.config)) {
    const [model = name, adapter] = name.split("+")
    const [path, adapterPath] = [model, adapter].map((one) => {
      const earlier = one === undefined ? undefined : before.get(one)
      const found = one === undefined ? undefined : earlier === undefined ? locateModel(one, options.folder) : { path: earlier }
      if (found !== undefined && "tried" in found) problems.push(describeConfigIssue(stage.document.issue(at, `a folder or file with weights of ${one}`, `nothing at ${found.tried.join(", ")}`)))
      return found !== undefined && "path" in found ? found.path : undefined
    })
    if (path === undefined || (adapter !== undefined && adapterPath === undefined)) continue
    const opened = E.chain((files: ModelFiles) => (adapterPath === undefined ? E.right(files) : withAdapter(files, adapterPath)))(openCheckpoint(path))
    if (E.isLeft(opened)) problems.push(describeFault(opened.left))
    else models.set(name, opened.right)
  }
  return problems.length > 0 ? E.left(problems) : planMerge(stage, { ...options, models })
}
