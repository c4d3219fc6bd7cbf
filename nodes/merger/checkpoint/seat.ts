/** What one thread does of a merge: takes jobs from counters all threads share, and marks what it has done. SPEC F7. */
import { makeArena, must, type OpenFile } from "#src"
import { beginJob, type BegunJob } from "./do-job.ts"
import { isLong, paceOf, type Job } from "./jobs.ts"
import type { Measured } from "../method/measured.ts"
import type { Overflow } from "../method/overflow.ts"
import { makeReadFactors } from "./low-rank.ts"
import type { MergePlan } from "./merge-plan.ts"
import { makeWriteBehind } from "./write-behind.ts"

/** What `Shared.signals` holds: the next long job, the next of the others, and not 0 when all are to stop. */
export const signalAt = { long: 0, other: 1, stop: 2 } as const

/** Memory that all threads see. */
export interface Shared {
  readonly signals: Int32Array
  /** For each job, 1 when its bytes are written. */
  readonly done: Uint8Array
  /** For each job that is done, two numbers: how many values had no room, and the largest of them. */
  readonly overflow: Float64Array
}

export const makeShared = (jobs: number): Shared => ({
  signals: new Int32Array(new SharedArrayBuffer(4 * Object.keys(signalAt).length)),
  done: new Uint8Array(new SharedArrayBuffer(jobs)),
  overflow: new Float64Array(new SharedArrayBuffer(16 * jobs)),
})

export const setOverflow = ({ overflow }: Shared, job: number, { values, largest }: Overflow): void => overflow.set([values, largest], 2 * job)

export const overflowsIn = ({ overflow }: Shared): readonly Overflow[] => Array.from({ length: overflow.length / 2 }, (_, job) => ({ values: overflow[2 * job]!, largest: overflow[2 * job + 1]! }))

export interface SeatWork {
  readonly plan: MergePlan
  /** Of the plan (`jobsOf`). */
  readonly jobs: readonly Job[]
  /** Descriptors belong to the process, not to the thread. */
  readonly files: readonly (readonly OpenFile[])[]
  readonly outputs: readonly OpenFile[]
  readonly whole: ReadonlyMap<string, Measured>
  readonly shared: Shared
  /** Threads at work. */
  readonly seats: number
}

/** What was measured of models, by tensor. */
export type MeasuredHere = ReadonlyMap<string, unknown>

/**
 * Resolves when there is no job left to begin, with what it measured; rejects with what went wrong first, and tells the others to stop. Between jobs,
 * `breath` lets the thread do what else it has to do.
 */
export const runSeat = async ({ plan, jobs, files, outputs, whole, shared, seats }: SeatWork, breath: () => Promise<void> | undefined): Promise<MeasuredHere> => {
  const { signals, done } = shared
  const arena = makeArena()
  const behind = makeWriteBehind(arena)
  const setting = { plan, files, outputs, whole, arena, behind, factors: makeReadFactors() }
  const [longs, pace] = [jobs.filter(isLong).length, paceOf(jobs, seats)]
  const take = (which: "long" | "other"): Taken | undefined => {
    const [from, end] = which === "long" ? [0, longs] : [longs, jobs.length]
    while (Atomics.load(signals, signalAt.stop) === 0) {
      const number = from + Atomics.add(signals, signalAt[which], 1)
      if (number >= end) return undefined
      if (Atomics.load(done, number) === 0) return { number, job: beginJob(must(jobs[number], "job"), setting) }
    }
    return undefined
  }
  const written: Promise<void>[] = []
  const measured = new Map<string, unknown>()
  // The disk has nothing to do while a long job is measured, unless it is done bit by bit while others are written.
  let ahead: Taken | undefined
  const goAhead = (): void => {
    for (let step = 0; step < pace && ahead?.job.measure() === true; step++);
  }
  try {
    for (;;) {
      ahead ??= take("long")
      const now = (ahead?.job.isMeasured() === true ? undefined : take("other")) ?? ahead
      if (now === undefined || Atomics.load(signals, signalAt.stop) !== 0) break
      if (now === ahead) ahead = take("long")
      const { overflow, written: ends } = await now.job.write(ahead?.job.room ?? 0, goAhead)
      setOverflow(shared, now.number, overflow)
      measured.set(now.job.name, now.job.measured()?.models)
      const end = ends.then(() => void Atomics.store(done, now.number, 1))
      end.catch(() => undefined)
      written.push(end)
      await breath()
    }
    await Promise.all(written)
    return measured
  } catch (error) {
    Atomics.store(signals, signalAt.stop, 1)
    throw error
  } finally {
    // Files are closed and memory goes when nobody uses them any more.
    await behind.ended()
  }
}

interface Taken {
  /** Place in all jobs. */
  readonly number: number
  readonly job: BegunJob
}
