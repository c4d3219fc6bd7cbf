import { mkdtemp, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { startPeer } from "../../../tools/bench/peer.ts"
import { cambiumLaunch } from "../../../tools/bench/roster.ts"
import { gptSpecOf } from "../../../tools/bench/spec.ts"
import { writeWorkload } from "../../../tools/bench/workload.ts"

const hasOnnx = (() => {
  try {
    return createRequire(import.meta.url).resolve("onnxruntime-node") !== ""
  } catch {
    return false
  }
})()

describe.skipIf(!hasOnnx)("this project's own peer", () => {
  it("trains the workload from a loss near that of a uniform guess, and learns", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bench-peer-"))
    try {
      const spec = { ...gptSpecOf("train-0.8M", 1), blocks: 1, width: 16, heads: 2, vocabulary: 32, rows: 2, context: 8, rate: 1e-2 }
      await writeWorkload(folder, spec)
      const peer = await startPeer(cambiumLaunch(folder, "onnx"))
      expect(peer.hello.params).toBe(12 * 16 ** 2 + 9 * 16 + 2 * 16 + 17 * 32)
      const { losses, ms, peakKb } = await peer.steps(48)
      await peer.close()
      expect(ms).toHaveLength(48)
      expect(peakKb).toBeGreaterThan(0)
      expect(losses[0]).toBeGreaterThan(Math.log(32) - 0.2)
      expect(losses[0]).toBeLessThan(Math.log(32) + 0.2)
      expect(losses[47]).toBeLessThan((losses[0] ?? 0) - 0.3)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
