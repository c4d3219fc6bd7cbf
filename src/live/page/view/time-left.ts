/** How long until everything that runs has ended, as far as is known. */
import type { NodeStatus } from "../../protocol/status.ts"
import { isRunning } from "./phases.ts"

/** Milliseconds: the longest of what runs; undefined when nothing that runs says. What waits is not in it. */
export const expectedLeft = (statuses: { readonly [path: string]: NodeStatus }): number | undefined => {
  let longest: number | undefined
  for (const { phase, progress } of Object.values(statuses)) {
    const left = isRunning(phase) ? progress?.leftMs : undefined
    if (left !== undefined && left !== null) longest = Math.max(longest ?? 0, left)
  }
  return longest
}
