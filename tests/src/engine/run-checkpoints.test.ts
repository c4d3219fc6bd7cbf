/** When a running node may save what it has reached. SPEC W4. */
import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { memoryStore, systemClock, type Clock } from "#src"
import { makeRunCheckpoints } from "../../../src/engine/run-checkpoints.ts"
import type { JobHooks } from "../../../src/engine/transport.ts"

it("W4: saving is due after the time the job was given, but never sooner than twenty times as long as the last saving took", async () => {
  let at = 0
  const clock: Clock = { now: () => at, wall: () => at }
  /** Writing takes 300 ms. */
  const hooks = { checkpoints: [], checkpointMs: 1_000, onCheckpoint: async () => ((at += 300), E.right(undefined)) } as unknown as JobHooks
  const { checkpoints } = makeRunCheckpoints(hooks, memoryStore(systemClock).blobs, clock, 0)
  const dueAt = (ms: number): boolean => ((at = ms), checkpoints.due())
  expect([dueAt(999), dueAt(1_000)]).toEqual([false, true])
  await checkpoints.save({ step: 1, tensors: {}, meta: null })
  expect([dueAt(1_300 + 5_999), dueAt(1_300 + 6_000)]).toEqual([false, true])
})
