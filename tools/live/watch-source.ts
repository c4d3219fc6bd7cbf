/** A graph file that is read again whenever it, or something it imports, is saved: to the session goes what is sound, to the banner what is not. SPEC L6. */
import * as E from "fp-ts/lib/Either.js"
import type { GraphSource } from "../../src/live/overlay-graph.ts"
import type { Problem } from "../../src/live/protocol/status.ts"
import { ownOf, type ReadFile, type ReadGraphFile } from "./read-graph-file.ts"
import type { TypeChecks } from "./type-checks.ts"
import { watchFiles } from "./watch-files.ts"

export interface WatchSourceOptions {
  readonly file: string
  readonly read: ReadGraphFile
  readonly types: TypeChecks
  /** As it was read at the start. */
  readonly first: ReadFile
  readonly take: (source: GraphSource) => void
  readonly tell: (problems: readonly Problem[]) => void
}

/** Gives back what stops it. */
export const watchSource = ({ file, read, types, first, take, tell }: WatchSourceOptions): (() => void) => {
  let files = first.files
  let isReading = false
  let isOld = false
  let isClosed = false
  const readAgain = async (): Promise<void> => {
    isOld = true
    if (isReading) return
    isReading = true
    while (isOld && !isClosed) {
      isOld = false
      const found = await read()
      if (E.isRight(found)) {
        files = found.right.files
        watching.set(files)
      }
      const problems = E.isLeft(found) ? found.left : await types.check(ownOf(file, files))
      if (isOld || isClosed) continue
      if (E.isRight(found) && problems.length === 0) take(found.right.source)
      else tell(problems)
    }
    isReading = false
  }
  const watching = watchFiles(() => void readAgain())
  watching.set(files)
  return () => {
    isClosed = true
    watching.close()
  }
}
