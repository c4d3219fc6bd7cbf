/** The memory that `cost` predicts, beside what training steps take of it in a process of their own. */
import { existsSync } from "node:fs"
import { expect, it } from "vitest"
import { measurePeak } from "../../../tools/bench/peak-memory.ts"

/** What a process takes is read where Linux tells it. */
const tells = existsSync("/proc/self/status")

it.skipIf(!tells).each(["GPT 0.8M", "GPT of 12 blocks, checkpointed", "study: sixth block on 5 frozen", "ResNet-20"])("the peak of %s is predicted within a quarter (T7)", { timeout: 120_000 }, async (name) => {
  const { predicted, measured } = await measurePeak(name)
  expect(measured / predicted).toBeGreaterThan(0.8)
  expect(measured / predicted).toBeLessThan(1.25)
})
