/** The overlay of a graph file, as JSON beside it: written a moment after each change, whole or not at all, and gone when nothing is changed. SPEC L4, L6. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { messageOf } from "../../src/base/message.ts"
import { emptyOverlay, isEmptyOverlay, Overlay } from "../../src/live/overlay.ts"
import { describeErrors } from "../../src/schema/describe.ts"

export const overlayFileOf = (graphFile: string): string => graphFile.replace(/\.[cm]?[jt]s$/, "") + ".overlay.json"

/** Nothing where there is no file. Left is a sentence for people. */
export const readOverlay = (file: string): E.Either<string, Overlay> => {
  if (!existsSync(file)) return E.right(emptyOverlay)
  const parsed = E.tryCatch(() => JSON.parse(readFileSync(file, "utf8")) as unknown, messageOf)
  if (E.isLeft(parsed)) return E.left(`${file}: expected the JSON of an overlay: ${parsed.left}`)
  const decoded = Overlay.decode({ ...emptyOverlay, ...(parsed.right as object) })
  return E.isRight(decoded) ? decoded : E.left(`${file}: not an overlay: ${describeErrors(decoded.left)}`)
}

export interface OverlayWriter {
  readonly save: (overlay: Overlay) => void
  /** Writes what waits to be written. */
  readonly flush: () => void
}

const afterMs = 100

/** `onProblem` hears, in words, that it could not be written. */
export const makeOverlayWriter = (file: string, onProblem: (message: string) => void): OverlayWriter => {
  let waiting: Overlay | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let written: string | undefined = existsSync(file) ? readFileSync(file, "utf8") : undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting === undefined) return
    const text = isEmptyOverlay(waiting) ? undefined : `${JSON.stringify(waiting, undefined, 2)}\n`
    waiting = undefined
    if (text === written) return
    try {
      if (text === undefined) rmSync(file, { force: true })
      else {
        writeFileSync(`${file}.${process.pid}.new`, text)
        renameSync(`${file}.${process.pid}.new`, file)
      }
      written = text
    } catch (error) {
      onProblem(`${file}: could not be written: ${messageOf(error)}`)
    }
  }
  return {
    save: (overlay) => {
      waiting = overlay
      timer ??= setTimeout(flush, afterMs)
    },
    flush,
  }
}
