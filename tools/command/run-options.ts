/** The options of `cambium run`, checked. */
import * as E from "fp-ts/lib/Either.js"
import { statSync } from "node:fs"
import { availableParallelism } from "node:os"
import { dirname, resolve } from "node:path"
import { parseDuration } from "./duration.ts"
import { quotaOf } from "./keep-quota.ts"
import { listOption, parseCommand, textOption, wholeOption, type CommandLine } from "./parse-command.ts"
import { defaultStore } from "./spec.ts"

export interface RunOptions {
  readonly file: string
  readonly set: readonly string[]
  /** `NODE.PARAM=A,B,C`, each one axis of the sweep. */
  readonly sweep: readonly string[]
  /** Paths with `*`; empty: everything. */
  readonly target: readonly string[]
  /** Tell what would run and run nothing. */
  readonly plan: boolean
  readonly tiny: boolean
  /** A file of what was changed on a page. */
  readonly overlay: string | undefined
  readonly device: string
  readonly seed: number
  /** Absolute. */
  readonly store: string
  readonly json: boolean
  /** `NODE.PORT=FILE`, not yet checked against the graph. */
  readonly save: readonly string[]
  readonly jobs: number
  /** Tries of a node that fails transiently, after the first. */
  readonly retry: number
  /** Milliseconds that a node may run; undefined: as long as it takes. */
  readonly timeout: number | undefined
  /** Milliseconds between checkpoints of a node; undefined: as the engine does it. */
  readonly checkpointEvery: number | undefined
  /** Bytes that the store is kept within; undefined: nothing is dropped. */
  readonly quota: number | undefined
  /** Absent: the graph's name. */
  readonly name: string | undefined
  /** Absolute path of the report; absent: `report.html` in the run's folder. */
  readonly report: string | undefined
  /** Fail at the first step that makes a number that is not finite. */
  readonly trapNan: boolean
  readonly debug: boolean
}

const runName = /^[\p{L}\p{N}_-][\p{L}\p{N}_.-]*$/u

const runOptions = (line: CommandLine): E.Either<string, RunOptions> => {
  const seed = wholeOption(line, "seed", 0, 0, Number.MAX_SAFE_INTEGER)
  if (E.isLeft(seed)) return seed
  const jobs = wholeOption(line, "jobs", availableParallelism(), 1, 1024)
  if (E.isLeft(jobs)) return jobs
  const retry = wholeOption(line, "retry", 2, 0, 100)
  if (E.isLeft(retry)) return retry
  const timeout = timeOption(line, "timeout")
  if (E.isLeft(timeout)) return timeout
  const checkpointEvery = timeOption(line, "checkpoint-every")
  if (E.isLeft(checkpointEvery)) return checkpointEvery
  const quota = quotaOf(textOption(line, "quota"))
  if (E.isLeft(quota)) return quota
  const report = textOption(line, "report")
  if (report !== undefined && statSync(dirname(resolve(report)), { throwIfNoEntry: false })?.isDirectory() !== true) return E.left(`--report ${report}: there is no folder ${dirname(resolve(report))}`)
  const name = textOption(line, "name")
  if (name !== undefined && !runName.test(name)) return E.left(`--name: expected letters, digits, _, - and ., got ${JSON.stringify(name)}`)
  return E.right({
    file: line.operands[0] ?? "",
    set: listOption(line, "set"),
    sweep: listOption(line, "sweep"),
    target: listOption(line, "target"),
    plan: line.options["plan"] === true,
    tiny: line.options["tiny"] === true,
    overlay: textOption(line, "overlay"),
    device: textOption(line, "device") ?? "auto",
    seed: seed.right,
    store: resolve(textOption(line, "store") ?? defaultStore),
    json: line.options["json"] === true,
    save: listOption(line, "save"),
    jobs: jobs.right,
    retry: retry.right,
    timeout: timeout.right,
    checkpointEvery: checkpointEvery.right,
    quota: quota.right,
    name,
    report: report === undefined ? undefined : resolve(report),
    trapNan: line.options["trap-nan"] === true,
    debug: line.options["debug"] === true,
  })
}

/** Milliseconds; undefined when it is not there. */
const timeOption = (line: CommandLine, option: string): E.Either<string, number | undefined> => {
  const text = textOption(line, option)
  const ms = text === undefined ? undefined : parseDuration(text)
  return text !== undefined && ms === undefined ? E.left(`--${option}: expected a duration such as 90s, 20m or 1.5h, got ${JSON.stringify(text)}`) : E.right(ms)
}

/** The folder name of a run: the graph's name with everything odd replaced. */
export const runNameOf = (graph: string): string => graph.replace(/[^\p{L}\p{N}_.-]+/gu, "-").replace(/^[.-]+/, "") || "graph"

/** The arguments of `command`, which takes a graph as `run` does. Left is a sentence for standard error. */
export const readRunLine = (command: string, args: readonly string[]): E.Either<string, { readonly line: CommandLine; readonly options: RunOptions }> => {
  const line = parseCommand(command, args)
  return E.isLeft(line) ? line : E.map((options: RunOptions) => ({ line: line.right, options }))(runOptions(line.right))
}
