/** How many of some nodes stand how, and how far those that run are. */
import type { NodeStatus, Phase } from "../../protocol/status.ts"
import { isRunning, partOf } from "../view/phases.ts"

const order: readonly Phase[] = ["failed", "running", "partial", "waiting", "stale", "blocked", "gated", "off", "held", "expanded", "done", "reused"]

/** `phases` without those that no node has; `part` in [0, 1] of the nodes done, running ones by their progress, when any runs. */
export const tally = (paths: readonly string[], statuses: { readonly [path: string]: NodeStatus }) => {
  const counts = new Map<Phase, number>()
  let done = 0
  let runs = false
  for (const path of paths) {
    const status = statuses[path]
    if (status === undefined) continue
    counts.set(status.phase, (counts.get(status.phase) ?? 0) + 1)
    if (["done", "reused", "held", "expanded"].includes(status.phase)) done++
    if (!isRunning(status.phase)) continue
    runs = true
    done += partOf(status.progress) ?? 0
  }
  return { phases: order.flatMap((phase) => (counts.has(phase) ? [[phase, counts.get(phase) as number] as const] : [])), part: runs ? done / Math.max(1, paths.length) : undefined }
}
