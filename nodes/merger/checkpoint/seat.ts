/** What one thread does of a merge: takes jobs from a counter all threads share, and marks what it has done. SPEC F7. */
import { makeArena, type OpenFile } from "#src"
import { doJob } from "./do-job.ts"
import { jobsOf } from "./jobs.ts"
import type { MergePlan } from "./merge-plan.ts"
import { makeWriteBehind } from "./write-behind.ts"

/** Memory that all threads see. */
export interface Shared {
  /** [0]: the next job. [1]: not 0 when all are to stop. */
  readonly signals: Int32Array
  /** For each job, 1 when its bytes are written. */
  readonly done: Uint8Array
}

export interface SeatWork {
  readonly plan: MergePlan
  /** Descriptors belong to the process, not to the thread. */
  readonly files: readonly (readonly OpenFile[])[]
  readonly outputs: readonly OpenFile[]
  readonly whole: ReadonlyMap<string, unknown>
  readonly shared: Shared
}

/**
 * Resolves when there is no job left to begin; rejects with what went wrong first, and tells the others to stop. Between jobs,
 * `breath` lets the thread do what else it has to do.
 */
export const runSeat = async ({ plan, files, outputs, whole, shared: { signals, done } }: SeatWork, breath: () => Promise<void> | undefined): Promise<void> => {
  const jobs = jobsOf(plan)
  const arena = makeArena()
  const behind = makeWriteBehind(arena)
  const setting = { plan, files, outputs, whole, arena, behind }
  const written: Promise<void>[] = []
  try {
    while (Atomics.load(signals, 1) === 0) {
      const i = Atomics.add(signals, 0, 1)
      const job = jobs[i]
      if (job === undefined) break
      if (Atomics.load(done, i) === 1) continue
      const { written: ends } = await doJob(job, setting)
      const end = ends.then(() => void Atomics.store(done, i, 1))
      end.catch(() => undefined)
      written.push(end)
      await breath()
    }
    await Promise.all(written)
  } catch (error) {
    Atomics.store(signals, 1, 1)
    throw error
  } finally {
    // Files are closed and memory goes when nobody uses them any more.
    await behind.ended()
  }
}
