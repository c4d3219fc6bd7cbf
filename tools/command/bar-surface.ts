/** Progress on a terminal: finished nodes scroll by, running ones have a bar each, the last line says how far all of it is. */
import cliProgress from "cli-progress"
import type { Clock } from "../../src/base/clock.ts"
import type { Progress } from "../../src/engine/context.ts"
import { duration } from "./duration.ts"
import type { Paint } from "./paint.ts"
import { amountText } from "./progress-text.ts"
import { outcomeLine, type Surface } from "./surface.ts"
import { timeLeft, type Mark } from "./time-left.ts"

const barLength = 24
/** Clears what stands behind. */
const toEndOfLine = "\u001b[K"

interface Running {
  readonly began: number
  readonly expectedMs: number | undefined
  start: Mark | undefined
  progress: Progress | undefined
}

/** `nodes` is how many the graph has, `width` the length of the longest path. Writes to standard error. */
export const barSurface = (stream: NodeJS.WriteStream, clock: Clock, paint: Paint, nodes: number, width: number): Surface => {
  const began = clock.now()
  const running = new Map<string, Running>()
  const bars = new Map<string, cliProgress.SingleBar>()
  let ended = 0
  const fit = (line: string): string => line.slice(0, Math.max(20, stream.columns ?? 100) - 1)
  const lineOf = (path: string): string => {
    const node = running.get(path)
    return node === undefined ? "" : fit(runningLine(path.padEnd(width), node, clock.now()))
  }
  const total = (): string => {
    const now = clock.now()
    const left = Math.max(0, ...[...running.values()].map((node) => standing(node, now).left ?? 0))
    return fit(`${ended} of ${nodes} nodes, ${duration(now - began)}${left > 0 ? `, at least ${duration(left)} left` : ""}`)
  }
  const multi = new cliProgress.MultiBar({
    stream,
    fps: 8,
    hideCursor: true,
    clearOnComplete: true,
    forceRedraw: true,
    emptyOnZero: true,
    linewrap: false,
    gracefulExit: false,
    format: (_options, _params, payload: { readonly path: string | undefined }) => (payload.path === undefined ? total() : lineOf(payload.path)),
  })
  let sum = multi.create(1, 0, { path: undefined })
  // Of several lines the library clears only the first; the others stand where bars were.
  const log = (line: string): void => multi.log(`${line}${toEndOfLine}\n`)
  return {
    say: log,
    close: () => {
      // Lines that wait for the next redraw would be lost with it.
      multi.update()
      multi.stop()
    },
    show: (event) => {
      if (event.type === "started") {
        running.set(event.node, { began: clock.now(), expectedMs: event.expectedMs, start: undefined, progress: undefined })
        // The line of the whole stays the last one.
        multi.remove(sum)
        bars.set(event.node, multi.create(1, 0, { path: event.node }))
        sum = multi.create(1, 0, { path: undefined })
      } else if (event.type === "progress") {
        const node = running.get(event.node)
        if (node === undefined) return
        node.start ??= { at: clock.now(), done: event.progress.done }
        node.progress = event.progress
      } else if (event.type === "outcome") {
        ended++
        running.delete(event.node)
        const bar = bars.get(event.node)
        if (bar !== undefined) multi.remove(bar)
        bars.delete(event.node)
        const line = outcomeLine(event.node, event.outcome, width, paint)
        if (line !== undefined) log(line)
      }
    },
  }
}

/** Share done, what to say about it, and milliseconds left if there is a way to tell: by pace, else by the last run. */
const standing = ({ began, expectedMs, start, progress }: Running, now: number): { readonly share: number; readonly notes: readonly string[]; readonly left: number | undefined } => {
  const notes = progress === undefined ? [] : [countOf(progress), progress.note].filter((note) => note !== undefined)
  if (progress?.total !== undefined && start !== undefined) return { share: progress.total === 0 ? 0 : progress.done / progress.total, notes, left: timeLeft(start, now, progress) }
  const elapsed = now - began
  return expectedMs === undefined || elapsed > expectedMs ? { share: 0, notes, left: undefined } : { share: elapsed / expectedMs, notes, left: expectedMs - elapsed }
}

const countOf = (progress: Progress): string => (progress.total === undefined || progress.unit === "bytes" ? amountText(progress) : `${progress.done}/${progress.total} ${progress.unit}`)

const runningLine = (name: string, node: Running, now: number): string => {
  const { share, notes, left } = standing(node, now)
  return [name, bar(share), ...notes, left === undefined ? duration(now - node.began) : `${duration(left)} left`].join("  ")
}

const bar = (share: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barLength)
  return `${"█".repeat(full)}${"░".repeat(barLength - full)}`
}
