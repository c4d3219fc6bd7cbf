/** Loaded before a command (`node --import`): measures how late its event loop is, and writes that down when the process ends. */
import { writeFileSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { isMainThread } from "node:worker_threads"

if (isMainThread) {
  const everyMs = 5
  const histogram = monitorEventLoopDelay({ resolution: everyMs })
  // Loading the command's own modules is not what is measured: from the first worker's start it is.
  process.once("worker", () => histogram.enable())
  process.on("exit", () => {
    // Node counts the time between two looks; late is what is above it.
    const late = (ns) => Math.max(0, ns / 1e6 - everyMs)
    const at = (share) => late(histogram.percentile(share))
    const figures = { p50: at(50), p99: at(99), max: late(histogram.max), samples: histogram.count }
    writeFileSync(process.env.CAMBIUM_LOOP_DELAY ?? "/dev/stderr", JSON.stringify(figures))
  })
}
