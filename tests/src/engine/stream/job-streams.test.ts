/** The stream ports of a job by themselves. SPEC S5, S7. */
import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { memoryStore, stream, systemClock } from "#src"
import { makeJobStreams } from "../../../../src/engine/stream/job-streams.ts"
import type { FromJob, ToJob } from "../../../../src/engine/stream/message.ts"
import type { Job, JobHooks } from "../../../../src/engine/transport.ts"
import { makeStreamWriter } from "../../../../src/store/stream-writer.ts"
import { number } from "../small-graph.ts"

it("S5, S11: the end of a stream, told once its consumer listens, sends it to the store", async () => {
  const { blobs } = memoryStore(systemClock)
  const writer = makeStreamWriter(blobs, true)
  for (const value of [3, 1, 2]) {
    const chunks = number.encode(value)
    writer.add(chunks, chunks.reduce((bytes, { length }) => bytes + length, 0))
  }
  const output = await writer.end()
  if (E.isLeft(output)) throw new Error(output.left.reason)

  const posted: FromJob[] = []
  const link = { post: (message: FromJob) => posted.push(message), listen: (receive: (message: ToJob) => void) => receive({ type: "end", edge: 7, output: output.right }) }
  const type = stream(number)
  const job = { kind: { inputs: { rows: { type, arity: "one" } }, outputs: {} } } as unknown as Job
  const { live, listen, isBroken } = makeJobStreams(job, { link } as unknown as JobHooks, blobs, systemClock)
  const values: unknown[] = []
  const rows = live(type, { live: 7, credit: { items: 2, bytes: 1e6 } })
  listen()
  for await (const value of rows) values.push(value)
  expect(values).toEqual([3, 1, 2])
  expect(isBroken()).toBe(false)
  expect(posted).toEqual([{ type: "ready", edge: 7 }])
})
