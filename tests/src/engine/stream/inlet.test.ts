/** The consumer's end of an edge by itself. SPEC S4. */
import { expect, it } from "vitest"
import { memoryStore, systemClock } from "#src"
import { makeInlet } from "../../../../src/engine/stream/inlet.ts"
import type { FromJob } from "../../../../src/engine/stream/message.ts"

it("S4: tells what was taken, at the latest when half of the credit is, in all as much as came", async () => {
  const posted: FromJob[] = []
  const inlet = makeInlet({ live: 1, credit: { items: 8, bytes: 1e6 } }, memoryStore(systemClock).blobs, (message) => posted.push(message))
  // More than the places that a queue keeps in front, and never empty in between.
  const count = 2_500
  const frame = (i: number) => Uint8Array.of(i & 255, i >> 8)
  for (let i = 0; i < 5; i++) inlet.receive({ type: "elements", edge: 1, frames: [frame(i)] })
  for (let i = 0; i < count; i++) {
    const next = await inlet.next()
    expect([...next!]).toEqual([...frame(i)])
    if (i + 5 < count) inlet.receive({ type: "elements", edge: 1, frames: [frame(i + 5)] })
  }
  const taken = posted.flatMap((message) => (message.type === "taken" ? [message.items] : []))
  expect(taken.reduce((sum, items) => sum + items, 0)).toBe(count)
  expect(Math.max(...taken)).toBeLessThanOrEqual(4)
  expect(posted.every(({ type }) => type === "taken")).toBe(true)
})
