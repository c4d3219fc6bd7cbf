/** `cambium merge CONFIG OUT`: what merges (`run-merge.ts`) is loaded while the first of the threads that will take part starts. */
import * as E from "fp-ts/lib/Either.js"
import { availableParallelism } from "node:os"
import { startSeatThread, type SeatThread } from "../../nodes/merger/checkpoint/seat-threads.ts"
import { exitCode } from "./exit-code.ts"
import { parseCommand, wholeOption, type CommandLine } from "./parse-command.ts"
import type { Jobs } from "./run-merge.ts"

interface Asked {
  readonly line: CommandLine
  readonly jobs: Jobs
}

const readLine = (args: readonly string[]): E.Either<string, Asked> => {
  const line = parseCommand("merge", args)
  if (E.isLeft(line)) return line
  const asked = wholeOption(line.right, "jobs", 0, 1, 1024)
  if (E.isLeft(asked)) return asked
  // Who asks for some has them, however small the merge is.
  return E.right({ line: line.right, jobs: asked.right > 0 ? { least: asked.right, most: asked.right } : { least: 1, most: availableParallelism() } })
}

/** Starts the first other thread of a merge. Until it can work, the merge is planned; where the plan shows that it is not worth its work, it has none. */
const startThread = ({ line, jobs }: Asked): SeatThread | undefined => (line.options["plan"] === true || jobs.most === 1 ? undefined : startSeatThread())

/** What takes longest to start of a merge, and does nothing until it is told to. Whoever does not hand it to `mergeCommand` closes it. */
export const beginMerge = (args: readonly string[]): SeatThread | undefined => {
  const asked = readLine(args)
  return E.isRight(asked) ? startThread(asked.right) : undefined
}

export const mergeCommand = async (args: readonly string[], begun?: SeatThread): Promise<number> => {
  const asked = readLine(args)
  if (E.isLeft(asked)) return console.error(asked.left), exitCode.wrongInput
  const { line, jobs } = asked.right
  const thread = begun ?? startThread(asked.right)
  try {
    return await (await import("./run-merge.ts")).runMerge(line, jobs, thread)
  } finally {
    thread?.close()
  }
}
