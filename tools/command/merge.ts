/** `cambium merge CONFIG OUT`: what merges (`run-merge.ts`) is loaded while the first of the threads that will take part is started. */
import * as E from "fp-ts/lib/Either.js"
import { availableParallelism } from "node:os"
import { startSeatThread } from "../../nodes/merger/checkpoint/seat-threads.ts"
import { exitCode } from "./exit-code.ts"
import { parseCommand, textOption, type CommandLine } from "./parse-command.ts"
import type { Jobs } from "./run-merge.ts"

export const mergeCommand = async (args: readonly string[]): Promise<number> => {
  const line = parseCommand("merge", args)
  if (E.isLeft(line)) return console.error(line.left), exitCode.wrongInput
  const jobs = jobsOf(line.right)
  // Until it can work, the merge is planned; where the plan shows that it is not worth its work, it has none.
  const thread = line.right.options["plan"] === true || jobs.most === 1 ? undefined : startSeatThread()
  try {
    return await (await import("./run-merge.ts")).runMerge(line.right, jobs, thread)
  } finally {
    thread?.close()
  }
}

const jobsOf = (line: CommandLine): Jobs => {
  const asked = Number(textOption(line, "jobs") ?? 0)
  // Who asks for some has them, however small the merge is.
  return Number.isSafeInteger(asked) && asked > 0 ? { least: asked, most: asked } : { least: 1, most: availableParallelism() }
}
