/** What `cambium merge CONFIG OUT` does: plans, tells, and merges as mergekit's YAML says it, checkpoints of any size. SPEC F5 to F8. */
import * as E from "fp-ts/lib/Either.js"
import { readFileSync, rmdirSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { counted } from "../../src/base/counted.ts"
import { messageOf } from "../../src/base/message.ts"
import { executeMerge, resultOfPlan, type Executed } from "../../nodes/merger/checkpoint/execute-merge.ts"
import { describeOverflows } from "../../nodes/merger/checkpoint/overflows.ts"
import { describePassedOver, passedOverOf, type PassedOver } from "../../nodes/merger/checkpoint/passed-over.ts"
import { preflight, preflightFaults, type Preflight } from "../../nodes/merger/checkpoint/preflight.ts"
import { removeBefore, removeResult } from "../../nodes/merger/checkpoint/unfinished.ts"
import type { MergePlan } from "../../nodes/merger/checkpoint/merge-plan.ts"
import type { SeatThread } from "../../nodes/merger/checkpoint/seat-threads.ts"
import { seatsFor } from "../../nodes/merger/checkpoint/seats.ts"
import { planStage, stagesOf, type Stage, type StageOptions } from "../../nodes/merger/mergekit/merge-stages.ts"
import { remarksOf } from "../../nodes/merger/mergekit/params-of-method.ts"
import { lookAhead } from "../../nodes/merger/mergekit/plan-ahead.ts"
import { byteSize, parseByteSize } from "../../src/base/byte-size.ts"
import { duration } from "./duration.ts"
import { exitCode } from "./exit-code.ts"
import { mergeSurface } from "./merge-surface.ts"
import { textOption, type CommandLine } from "./parse-command.ts"

/** Processors to be used: at least as many as were asked for, at most those that there are. */
export interface Jobs {
  readonly least: number
  readonly most: number
}

const seatsOf = (plan: MergePlan, { least, most }: Jobs): number => Math.max(least, seatsFor(plan, most))

/** `thread`: one that is started already. */
export const runMerge = async (line: CommandLine, jobs: Jobs, thread: SeatThread | undefined): Promise<number> => {
  const [file, out] = line.operands as [string, string]
  const tell = (problems: readonly string[]): number => (problems.forEach((problem) => console.error(problem)), exitCode.wrongInput)
  const options = readOptions(line, file, out)
  if (E.isLeft(options)) return tell([options.left])
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    return tell([`${file}: expected a configuration in YAML, got ${messageOf(error)}`])
  }
  const stages = stagesOf(file, text, options.right)
  if (E.isLeft(stages)) return tell(stages.left)
  const isPlan = line.options["plan"] === true
  if (stages.right.length > 1) {
    const looked = lookAhead(stages.right, options.right, (plan) => seatsOf(plan, jobs))
    if (E.isLeft(looked)) return tell(looked.left)
    if (isPlan) return looked.right.forEach(({ stage, plan, facts }) => tellPlan(stage, plan, facts, passedOverOf(plan), line.options["json"] === true)), exitCode.done
  }
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  process.once("SIGINT", interrupt)
  process.once("SIGTERM", interrupt)
  try {
    for (const [i, stage] of stages.right.entries()) {
      const code = await runStage(stage, new Map(stages.right.slice(0, i).map(({ config, out }) => [config.name ?? "", out])), options.right, line, { jobs, ...(i === 0 && thread !== undefined ? { thread } : {}), signal: stop.signal })
      if (code !== exitCode.done) return code
    }
    removeStages(stages.right.slice(0, -1))
    return exitCode.done
  } finally {
    process.off("SIGINT", interrupt)
    process.off("SIGTERM", interrupt)
  }
}

/** Results that were needed for the last one, and the folder they lie in, unless there is something else in it. */
const removeStages = (stages: readonly Stage[]): void => {
  for (const { out } of stages) removeResult(out)
  try {
    for (const folder of new Set(stages.map(({ out }) => dirname(out)))) rmdirSync(folder)
  } catch {
    return
  }
}

const readOptions = (line: CommandLine, file: string, out: string): E.Either<string, StageOptions> => {
  const shard = textOption(line, "shard")
  const bytes = shard === undefined ? E.right(undefined) : parseByteSize(shard)
  if (E.isLeft(bytes)) return E.left(`--shard: ${bytes.left}`)
  const folder = dirname(resolve(file))
  const compat = line.options["compat"] === true
  return E.right({ folder, out: resolve(out), compat, seed: textOption(line, "seed") ?? "0", ...(bytes.right === undefined ? {} : { shardBytes: bytes.right }) })
}

interface StageRun {
  readonly jobs: Jobs
  readonly thread?: SeatThread
  readonly signal: AbortSignal
}

const runStage = async (stage: Stage, before: ReadonlyMap<string, string>, options: StageOptions, line: CommandLine, { jobs, thread, signal }: StageRun): Promise<number> => {
  const planned = planStage(stage, before, options)
  if (E.isLeft(planned)) return planned.left.forEach((problem) => console.error(problem)), exitCode.wrongInput
  const plan = planned.right
  const seats = seatsOf(plan, jobs)
  const facts = preflight(plan, stage.out, seats)
  const json = line.options["json"] === true
  const earlier = resultOfPlan(plan, stage.out)
  const faults = earlier === undefined ? preflightFaults(plan, stage.out, facts) : []
  if (faults.length > 0) return faults.forEach((fault) => console.error(fault)), exitCode.wrongInput
  const passedOver = passedOverOf(plan)
  const copied = passedOver === undefined ? {} : { passedOver }
  tellPlan(stage, plan, facts, passedOver, json)
  if (line.options["plan"] === true) return exitCode.done
  if (earlier !== undefined) {
    removeBefore(stage.out)
    if (json) console.log(JSON.stringify({ event: "done", out: stage.out, unchanged: true, ...earlier, ...copied }))
    else console.log([`${stage.out}: is this merge already`, ...describePassedOver(passedOver), ...describeOverflows(earlier.overflows)].join("\n  "))
    return exitCode.done
  }
  const began = systemClock.now()
  const surface = mergeSurface(stage.out, json, { stderr: process.stderr, write: console.error, print: console.log }, systemClock)
  const result = await executeMerge(plan, stage.out, { clock: systemClock, seats, ...(thread === undefined ? {} : { started: [thread] }), signal, progress: surface.show })
  surface.close()
  if (E.isLeft(result)) return console.error(`${stage.out}: ${result.left}`), signal.aborted ? exitCode.interrupted : exitCode.failed
  const ms = systemClock.now() - began
  if (json) console.log(JSON.stringify({ event: "done", out: stage.out, ...result.right, ...copied, ms: Math.round(ms) }))
  else console.log([`${stage.out}: ${counted(plan.tensors.length, "tensor")}, ${byteSize(facts.writeBytes)}, in ${duration(ms)}${thereBefore(result.right)}`, ...describePassedOver(passedOver), ...describeOverflows(result.right.overflows)].join("\n  "))
  return exitCode.done
}

const thereBefore = ({ jobs, resumed, measuredBefore }: Executed): string =>
  [
    ...(resumed > 0 ? [`; ${resumed} of ${counted(jobs + resumed, "part")} ${resumed === 1 ? "was" : "were"} there from before`] : []),
    ...(measuredBefore > 0 ? [`; ${counted(measuredBefore, "tensor")} ${measuredBefore === 1 ? "was" : "were"} measured for the merge before`] : []),
  ].join("")

const tellPlan = (stage: Stage, plan: MergePlan, facts: Preflight, passedOver: PassedOver | undefined, json: boolean): void => {
  const remarks = remarksOf(stage)
  for (const remark of remarks) console.error(remark)
  if (json) console.log(JSON.stringify({ event: "plan", out: stage.out, ...facts, ...(plan.vocabulary === undefined ? {} : { vocabulary: plan.vocabulary }), ...(passedOver === undefined ? {} : { passedOver }), remarks }))
  else console.log([...factsText(stage, facts), ...vocabularyText(plan.vocabulary), ...describePassedOver(passedOver).map((one) => `  ${one}`)].join("\n"))
}

const factsText = ({ config, out }: Stage, { tensors, shards, quantised, readBytes, writeBytes, passes, memoryBytes, freeBytes, seconds }: Preflight): readonly string[] => [
  `${config.method} -> ${out}`,
  `  ${counted(tensors, "tensor")}, ${counted(shards, "file")}; reads ${byteSize(readBytes)}${passes > 1 ? ` up to ${passes} times` : ""}, writes ${byteSize(writeBytes)}${freeBytes === undefined ? "" : ` (${byteSize(freeBytes)} free)`}`,
  ...(quantised === 0 ? [] : [`  ${counted(quantised, "tensor")} in 8 bits: each number off by at most a 254th of the largest of its row`]),
  `  memory at most about ${byteSize(memoryBytes)}, time about ${duration(1000 * seconds)} on a plain solid-state disk`,
]

const vocabularyText = (vocabulary: MergePlan["vocabulary"]): readonly string[] =>
  vocabulary === undefined ? [] : [
    `  vocabulary of ${counted(vocabulary.tokens, "token")} in ${counted(vocabulary.rows, "row")}`,
    ...vocabulary.models.map(({ model, own, filled, zeros, lost }) => `    ${model}: ${counted(own, "row")} of its own, ${filled} filled from others, ${zeros} of zeros${lost === 0 ? "" : `; ${lost} of its tokens ${lost === 1 ? "goes" : "go"}`}`),
  ]
