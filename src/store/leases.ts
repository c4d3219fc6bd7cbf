/**
 * Who is running a key, so that two processes on one store do not do the same work. A lease ends when it is given back,
 * when its holder's process is gone, or when the holder has not been heard of for a while. SPEC W7.
 */
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import type { Clock } from "../base/clock.ts"
import type { Hash } from "../base/hash.ts"
import type { Table } from "./tables.ts"

export interface Leases {
  /** True when this holder now has the leases of all `keys`; false, with none of them, while another living one, or other work of this one, has one. `reads`: blobs the work needs. */
  readonly take: (keys: readonly Hash[], reads?: readonly Hash[]) => Promise<boolean>
  readonly giveBack: (keys: readonly Hash[]) => Promise<void>
  /** Blobs that work under a living lease reads. */
  readonly inUse: () => readonly Hash[]
  /** Stops the heartbeat. */
  readonly close: () => void
}

const beatEveryMs = 2_000
/** A holder that was silent for so long is taken for dead, whatever its process looks like from here. */
const silentMs = 30_000

interface Holder {
  readonly pid: number
  readonly host: string
  /** Wall clock of the last heartbeat. */
  readonly beat: number
}

interface Lease {
  readonly holder: string
  readonly reads: readonly Hash[]
}

const nameOf = (key: Hash): string => `key:${key}`

const isLease = (value: unknown): value is Lease => typeof (value as Lease | undefined)?.holder === "string"

const isHolder = (value: unknown): value is Holder => typeof (value as Holder | undefined)?.beat === "number"

/** Whether there is a process of this machine with that id. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "EPERM"
  }
}

/** Leases held under a fresh name. `runs` says whether a process of this machine exists. */
export const openLeases = (table: Table, clock: Clock, runs: (pid: number) => boolean = isRunning): Leases => {
  const me = `holder:${randomUUID()}`
  const held = new Set<Hash>()
  let timer: NodeJS.Timeout | undefined
  const beat = (): Promise<void> => table.put(me, { pid: process.pid, host: hostname(), beat: clock.wall() })
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
    void table.remove(me).catch(() => undefined)
  }
  const isAlive = (lease: unknown): lease is Lease => {
    const holder = isLease(lease) ? table.get(lease.holder) : undefined
    return isHolder(holder) && clock.wall() - holder.beat < silentMs && (holder.host !== hostname() || runs(holder.pid))
  }
  const isMine = (lease: unknown): boolean => isLease(lease) && lease.holder === me
  return {
    take: async (keys, reads = []) => {
      if (held.size === 0 && timer === undefined) {
        timer = setInterval(() => void beat().catch(() => undefined), beatEveryMs)
        timer.unref()
        await beat()
      }
      let taken: readonly Hash[] = []
      try {
        await table.update(keys.map(nameOf), (old) => {
          // What could not be given back is still there, and no longer held.
          const isFree = keys.every((key, i) => !held.has(key) && (isMine(old[i]) || !isAlive(old[i])))
          taken = isFree ? keys : []
          for (const key of taken) held.add(key)
          return taken.map(() => ({ holder: me, reads: [...reads] }))
        })
      } catch (error) {
        for (const key of taken) held.delete(key)
        throw error
      }
      return taken.length > 0
    },
    giveBack: async (keys) => {
      for (const key of keys) held.delete(key)
      const mine = keys.map(nameOf).filter((name) => isMine(table.get(name)))
      await Promise.all(mine.map((name) => table.remove(name)))
    },
    inUse: () => table.keys("key:").map((key): unknown => table.get(key)).filter(isAlive).flatMap(({ reads }) => reads),
    close: () => {
      if (timer !== undefined) stop()
    },
  }
}
