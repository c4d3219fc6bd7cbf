/** Progress where nobody watches a terminal: a line when a node ends, and for one that takes long, now and then how far it is. */
import type { Clock } from "../../src/base/clock.ts"
import type { Progress } from "../../src/engine/context.ts"
import type { EngineEvent } from "../../src/engine/event.ts"
import { describeWhy } from "../../src/engine/describe-why.ts"
import { duration } from "./duration.ts"
import type { Paint } from "./paint.ts"
import { describeProgress, quietMs } from "./progress-text.ts"
import { outcomeLine, type Surface } from "./surface.ts"
import { timeLeft, type Mark } from "./time-left.ts"

/** A node that ends sooner leaves only the line of its end. */
export const soonMs = 2_000

/** Calls back after so many milliseconds, unless called off. */
export type Later = (ms: number, then: () => void) => () => void

const later: Later = (ms, then) => {
  const timer = setTimeout(then, ms)
  return () => clearTimeout(timer)
}

interface Running {
  readonly callOff: () => void
  start: Mark | undefined
  spoke: number
}

/** `width` is that of the longest path. */
export const plainSurface = (write: (line: string) => void, clock: Clock, paint: Paint, width: number, after: Later = later): Surface => {
  const running = new Map<string, Running>()
  const line = (head: string, node: string, text: string): void => write(`${head} ${node.padEnd(width)} ${"".padStart(12)}  ${text}`)
  const begin = ({ node, why, expectedMs }: Extract<EngineEvent, { type: "started" }>): void => {
    const expected = expectedMs === undefined ? "" : `, ${duration(expectedMs)} last time`
    const callOff = after(soonMs, () => line(paint("cyan", "running"), node, paint("dim", `${describeWhy(why)}${expected}`)))
    running.set(node, { callOff, start: undefined, spoke: clock.now() })
  }
  const report = (path: string, progress: Progress): void => {
    const node = running.get(path)
    if (node === undefined) return
    const now = clock.now()
    node.start ??= { at: now, done: progress.done }
    if (now - node.spoke < quietMs) return
    node.spoke = now
    line("       ", path, describeProgress(progress, timeLeft(node.start, now, progress)))
  }
  return {
    say: write,
    close: () => running.forEach(({ callOff }) => callOff()),
    show: (event) => {
      if (event.type === "started") begin(event)
      else if (event.type === "progress") report(event.node, event.progress)
      else if (event.type === "outcome") {
        running.get(event.node)?.callOff()
        running.delete(event.node)
        const ended = outcomeLine(event.node, event.outcome, width, paint)
        if (ended !== undefined) write(ended)
      }
    },
  }
}
