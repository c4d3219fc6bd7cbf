/**
 * Runs jobs in the engine's own thread: for nodes too small to travel, and for tests. A job that blocks, blocks the
 * engine; one that ignores its signal cannot be stopped. The kind's code is the one the graph holds.
 */
import type { Clock } from "../base/clock.ts"
import type { BlobAccess } from "../store/blob-access.ts"
import { makeDecodedCache } from "./decoded-cache.ts"
import { makeDeviceOpener, type DeviceSpec } from "./device-opener.ts"
import { execute } from "./execute.ts"
import type { Transport } from "./transport.ts"

export interface InlineOptions {
  readonly blobs: BlobAccess
  readonly clock: Clock
  /** 1 if absent. */
  readonly capacity?: number
  readonly device?: DeviceSpec
}

const decodedBudget = 64 * 2 ** 20

export const makeInlineTransport = ({ blobs, clock, capacity = 1, device: spec }: InlineOptions): Transport => {
  const device = makeDeviceOpener(spec)
  const site = { blobs, clock, device, decoded: makeDecodedCache(decodedBudget) }
  return { capacity, execute: (job, hooks) => execute(job, hooks, site), reload: () => undefined, close: device.close }
}
