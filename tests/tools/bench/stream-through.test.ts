/** The streams of the bench, in small: what flows, what is buffered, what is held. SPEC S4, S9. */
import { expect, it } from "vitest"
import { smallTensors, streamThrough } from "../../../tools/bench/engine/stream-through.ts"

it("S4: every element passes every stage, and no edge holds more than its credit", async () => {
  const edges = await smallTensors(300, 5)
  expect(edges.length).toBe(6)
  for (const { elements, dropped, spilled, peak } of edges) {
    expect({ elements, dropped, spilled }).toEqual({ elements: 300, dropped: 0, spilled: false })
    expect(peak.items).toBeLessThanOrEqual(64)
  }
})

it("S4, S9: of 256 MiB to a slow consumer no more is given at any moment than the credit", { timeout: 60_000 }, async () => {
  const [edge] = await streamThrough(256)
  expect(edge).toMatchObject({ elements: 64, dropped: 0, spilled: false })
  expect(edge?.peak.bytes).toBeLessThanOrEqual(32 * 2 ** 20)
  expect(edge?.peak.items).toBeGreaterThan(1)
})
