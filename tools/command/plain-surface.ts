/** Progress where nobody watches a terminal: a line when a node starts, now and then one on how far it is, one at its end. */
import type { Clock } from "../../src/base/clock.ts"
import { describeWhy } from "./describe-why.ts"
import { duration } from "./duration.ts"
import type { Paint } from "./paint.ts"
import { outcomeLine, type Surface } from "./surface.ts"
import { timeLeft, type Mark } from "./time-left.ts"

/** A node speaks up at most this often. */
const quietMs = 10_000

/** `width` is that of the longest path. */
export const plainSurface = (write: (line: string) => void, clock: Clock, paint: Paint, width: number): Surface => {
  const running = new Map<string, { start: Mark | undefined; spoke: number }>()
  return {
    say: write,
    close: () => undefined,
    show: (event) => {
      if (event.type === "started") {
        running.set(event.node, { start: undefined, spoke: clock.now() })
        const expected = event.expectedMs === undefined ? "" : `, ${duration(event.expectedMs)} last time`
        write(`${paint("cyan", "run    ")} ${event.node.padEnd(width)} ${"".padStart(12)}  ${paint("dim", `${describeWhy(event.why)}${expected}`)}`)
      } else if (event.type === "progress") {
        const node = running.get(event.node)
        if (node === undefined) return
        const now = clock.now()
        node.start ??= { at: now, done: event.progress.done }
        if (now - node.spoke < quietMs) return
        node.spoke = now
        const { done, total, unit, note } = event.progress
        const left = timeLeft(node.start, now, event.progress)
        const parts = [`${done} of ${total} ${unit}`, ...(note === undefined ? [] : [note]), ...(left === undefined ? [] : [`${duration(left)} left`])]
        write(`        ${event.node.padEnd(width)} ${"".padStart(12)}  ${parts.join(", ")}`)
      } else if (event.type === "outcome") {
        running.delete(event.node)
        const line = outcomeLine(event.node, event.outcome, width, paint)
        if (line !== undefined) write(line)
      }
    },
  }
}
