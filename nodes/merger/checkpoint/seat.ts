/** What one thread does of a merge: a few lanes that take jobs from a counter all threads share, and mark what they have done. SPEC F7. */
import { makeArena, type OpenFile } from "#src"
import { jobsOf } from "./jobs.ts"
import { doJob } from "./lane.ts"
import type { MergePlan } from "./merge-plan.ts"

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
  readonly lanes: number
}

/** Resolves when there is no job left to begin; rejects with the first thing that went wrong, and tells the others to stop. */
export const runSeat = async ({ plan, files, outputs, whole, shared: { signals, done }, lanes }: SeatWork): Promise<void> => {
  const jobs = jobsOf(plan)
  const lane = async (): Promise<void> => {
    const setting = { plan, files, outputs, whole, arena: makeArena() }
    while (Atomics.load(signals, 1) === 0) {
      const i = Atomics.add(signals, 0, 1)
      const job = jobs[i]
      if (job === undefined) return
      if (Atomics.load(done, i) === 1) continue
      await doJob(job, setting)
      Atomics.store(done, i, 1)
    }
  }
  try {
    await Promise.all(Array.from({ length: lanes }, lane))
  } catch (error) {
    Atomics.store(signals, 1, 1)
    throw error
  }
}
