/** How late the event loop of `cambium run` is while the main graph trains at its tiny size in two workers. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { inMs } from "../in-process.ts"
import type { Row } from "../row.ts"

const mostMs = 50
const device = "onnx"

/** What the probe writes: milliseconds above the time that the loop was to wait. */
interface Delays {
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly samples: number
}

export const loopDelayRow: Row = {
  name: "loop-delay",
  measure: async ({ root, folder, notice }) => {
    const figures = join(folder, "figures.json")
    const args = ["--import", join(root, "tools/bench/engine/loop-delay-probe.mjs"), join(root, "tools/cambium.mjs"), "run", join(root, "graphs/growing-transformer.ts"), "--tiny", "--jobs", "2", "--device", device]
    const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, CAMBIUM_LOOP_DELAY: figures }, stdio: "ignore" })
    const code = await new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done))
    if (code !== 0) return notice(`the event loop was not measured: cambium run --device ${device} ended with ${code}`), []
    const { p50, p99, max, samples } = JSON.parse(readFileSync(figures, "utf8")) as Delays
    return [{ work: `event loop of cambium run while the tiny main graph trains on ${device} in two workers, 99 % of ${samples} looks`, here: `${inMs(p99)} late (half: ${inMs(p50)}, most: ${inMs(max)})`, bar: { text: `${mostMs} ms`, isMet: p99 <= mostMs } }]
  },
}
