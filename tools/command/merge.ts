/** `cambium merge CONFIG OUT`: what merges (`run-merge.ts`) is loaded while the first of the threads that will take part is started. */
import * as E from "fp-ts/lib/Either.js"
import { availableParallelism } from "node:os"
import { startSeatThread } from "../../nodes/merger/checkpoint/seat-threads.ts"
import { exitCode } from "./exit-code.ts"
import { parseCommand, wholeOption } from "./parse-command.ts"
import type { Jobs } from "./run-merge.ts"

export const mergeCommand = async (args: readonly string[]): Promise<number> => {
  const line = parseCommand("merge", args)
  if (E.isLeft(line)) return console.error(line.left), exitCode.wrongInput
  const asked = wholeOption(line.right, "jobs", 0, 1, 1024)
  if (E.isLeft(asked)) return console.error(asked.left), exitCode.wrongInput
  // Who asks for some has them, however small the merge is.
  const jobs: Jobs = asked.right > 0 ? { least: asked.right, most: asked.right } : { least: 1, most: availableParallelism() }
  // Until it can work, the merge is planned; where the plan shows that it is not worth its work, it has none.
  const thread = line.right.options["plan"] === true || jobs.most === 1 ? undefined : startSeatThread()
  try {
    return await (await import("./run-merge.ts")).runMerge(line.right, jobs, thread)
  } finally {
    thread?.close()
  }
}
