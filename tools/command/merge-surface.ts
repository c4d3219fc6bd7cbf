/**
 * Where a merge says how far it is: on a terminal in one line that is written over again, elsewhere in a line now and then, beside JSON as
 * an object a line. A merge that soon ends says nothing of it.
 */
import type { Clock } from "../../src/base/clock.ts"
import type { Progress } from "../../src/engine/context.ts"
import type { MergeProgress, TellProgress } from "../../nodes/merger/checkpoint/progress.ts"
import { byteSize } from "../../src/base/byte-size.ts"
import { duration } from "./duration.ts"
import { amountText, quietMs } from "./progress-text.ts"
import { statusLine } from "./status-line.ts"
import { timeLeft, type Mark } from "./time-left.ts"

/** Programs may ask more often. */
const jsonMs = 1_000

export interface MergeSurface {
  readonly show: TellProgress
  readonly close: () => void
}

/** `write` writes a line to the standard error; `print` one to the standard output. */
export interface Streams {
  readonly stderr: NodeJS.WriteStream
  readonly write: (line: string) => void
  readonly print: (line: string) => void
}

export const mergeSurface = (out: string, json: boolean, { stderr, write, print }: Streams, clock: Clock): MergeSurface => {
  if (json) return { show: nowAndThen(jsonMs, clock, (progress) => print(JSON.stringify({ event: "progress", out, ...asProgress(progress) }))), close: () => undefined }
  const describe = describer(clock)
  if (!stderr.isTTY) {
    const say = nowAndThen(quietMs, clock, (_, text: string) => write(`${out}: ${text}`))
    return { show: (progress) => say(progress, describe(progress)), close: () => undefined }
  }
  const line = statusLine(stderr, clock.now)
  return { show: (progress) => line.show(describe(progress)), close: line.clear }
}

/** As nodes of a graph tell it. */
const asProgress = ({ what, done, total }: MergeProgress): Progress => ({ done, total, unit: "bytes", note: what })

/** Passes on what comes at least `everyMs` after the beginning and after what was passed on before. */
const nowAndThen = <A extends readonly unknown[]>(everyMs: number, clock: Clock, pass: (...of: A) => void): ((...of: A) => void) => {
  let at = clock.now()
  return (...of) => {
    if (clock.now() - at < everyMs) return
    at = clock.now()
    pass(...of)
  }
}

/** Rate and time left are of the part that a merge is at, since it is at it; what is read before anything is written is not all of it. */
const describer = (clock: Clock): ((progress: MergeProgress) => string) => {
  let part: { readonly what: MergeProgress["what"]; readonly start: Mark } | undefined
  return (told) => {
    const [now, progress] = [clock.now(), asProgress(told)]
    if (part?.what !== told.what) part = { what: told.what, start: { at: now, done: told.done } }
    const { start } = part
    const left = timeLeft(start, now, progress)
    const pace = left === undefined ? [] : [`${byteSize(((told.done - start.done) * 1000) / (now - start.at))}/s`]
    const rest = left === undefined || left === 0 ? [] : [`${told.what === "written" ? "" : "at least "}${duration(left)} left`]
    return [`${amountText(progress)} ${told.what}`, ...pace, ...rest].join(", ")
  }
}
