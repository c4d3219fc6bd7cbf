/**
 * The same state before everything that is timed: what was removed before is given back to the disk, and nothing is on its way to it. A file
 * system that discards what is removed has the disk do so for seconds after, and whoever writes meanwhile waits.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"

const [restMs, mostMs, stepMs] = [3000, 30_000, 250]
/** Sectors of 512 bytes that may pass in a step: others write a line to a log. */
const fewSectors = 512

/** Until the disks have had little to do for three seconds, or half a minute has passed. */
export const atRest = (): void => {
  execFileSync("sync")
  let [before, quiet] = [sectors(), 0]
  for (let waited = 0; quiet < restMs && waited < mostMs; waited += stepMs) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stepMs)
    const now = sectors()
    quiet = now - before <= fewSectors ? quiet + stepMs : 0
    before = now
  }
}

/** Written and discarded since the system started; elsewhere than on Linux nothing is known of it, and only time passes. */
const sectors = (): number => {
  try {
    return readFileSync("/proc/diskstats", "utf8").trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number)).reduce((sum, of) => sum + (of[9] ?? 0) + (of[16] ?? 0), 0)
  } catch {
    return 0
  }
}
