/**
 * How late the event loop of `cambium run` is while the main graph trains at its tiny size in two workers: the work must
 * not be done in the thread that answers. Bar: 50 ms at the 99th percentile.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export interface LoopDelay {
  /** Milliseconds above the time the loop was to wait. */
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly samples: number
}

export const loopDelayBar = 50

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** One run from an empty store on `device`. Rejects when the run fails. */
export const measureLoopDelay = async (device: string): Promise<LoopDelay> => {
  const folder = mkdtempSync(join(tmpdir(), "cambium-loop-"))
  const figures = join(folder, "figures.json")
  try {
    const args = ["--import", at("loop-delay-probe.mjs"), at("../../cambium.mjs"), "run", at("../../../graphs/growing-transformer.ts"), "--tiny", "--jobs", "2", "--device", device]
    const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, CAMBIUM_LOOP_DELAY: figures }, stdio: ["ignore", "ignore", "inherit"] })
    const code = await new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done))
    if (code !== 0) throw new Error(`cambium run ended with ${code}`)
    return JSON.parse(readFileSync(figures, "utf8")) as LoopDelay
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// By itself: node --import tsx tools/bench/engine/loop-delay.ts [DEVICE]
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { p50, p99, max, samples } = await measureLoopDelay(process.argv[2] ?? "onnx")
  console.log(`event loop of cambium run while it trains, ${samples} looks: late by ${p50.toFixed(1)} ms (median), ${p99.toFixed(1)} ms (99th percentile; bar ${loopDelayBar} ms: ${p99 <= loopDelayBar ? "held" : "missed"}), ${max.toFixed(0)} ms (most)`)
}
