/**
 * Runs jobs in a pool of worker threads, one job each. Threads start with the first job, or when they are to be warm for
 * it, and stay warm; a run that executes nothing starts none. Jobs of no cores run beside the engine. SPEC P8, C4.
 */
import type { Clock } from "../base/clock.ts"
import type { Store } from "../store/store.ts"
import type { DeviceSpec } from "./device-opener.ts"
import { makeInlineTransport } from "./inline-transport.ts"
import type { Job, JobHooks, JobResult, Transport } from "./transport.ts"
import { openWorkerSeat, type WarmKind, type WorkerCode, type WorkerSeat } from "./worker-seat.ts"

export interface WorkerOptions {
  /** Workers read and write its files by themselves, so it must be a folder, not memory. */
  readonly store: Store
  readonly clock: Clock
  /** Cores, and at most so many workers. */
  readonly capacity: number
  readonly device?: DeviceSpec
  /** If absent, threads read sources. */
  readonly code?: WorkerCode
}

export interface WorkerTransport extends Transport {
  /** Has a thread ready in which jobs of these kinds begin at once: the first edit of a page need not wait for code to be loaded. */
  readonly warm: (kinds: readonly WarmKind[]) => void
}

export const makeWorkerTransport = ({ store, clock, capacity, device, code = async () => undefined }: WorkerOptions): WorkerTransport => {
  const beside = makeInlineTransport({ blobs: store.blobs, clock, ...(device === undefined ? {} : { device }) })
  const seats = new Set<WorkerSeat>()
  const retire = (seat: WorkerSeat): void => {
    seats.delete(seat)
    void seat.close()
  }
  // Synchronous, so that two jobs of one turn never get one seat.
  const free = (): WorkerSeat => {
    for (const seat of seats) if (seat.isOver() || (seat.isOutdated() && !seat.isBusy())) retire(seat)
    const idle = [...seats].find((seat) => !seat.isBusy() && !seat.isOutdated())
    if (idle !== undefined) return idle
    const seat = openWorkerSeat({ dir: store.dir, device }, store.blobs.small, code)
    seats.add(seat)
    return seat
  }
  return {
    capacity,
    execute: (job: Job, hooks: JobHooks): JobResult | Promise<JobResult> => (hooks.threads === 0 ? beside.execute(job, hooks) : free().run(job, hooks)),
    warm: (kinds) => {
      if (kinds.length > 0) free().warm(kinds)
    },
    reload: () => seats.forEach((seat) => seat.outdate()),
    close: async () => {
      await Promise.all([...seats].map((seat) => seat.close()))
      await beside.close()
    },
  }
}
