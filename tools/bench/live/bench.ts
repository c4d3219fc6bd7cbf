/** `npm run bench:live [latency|browser|load|memory]`: figures of the live server, printed with the bars they are to meet. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { must } from "../../../src/base/assert.ts"
import { systemClock } from "../../../src/base/clock.ts"
import { median } from "../statistics.ts"
import { chromiumPath, launchChromium, noChromium } from "../../live/chromium.ts"
import { followKnob } from "./latency.ts"
import { connectLive, isSettled, startLive, type LiveProcess } from "./live-process.ts"
import { loadOfPages } from "./load.ts"
import { memoryOverTime } from "./memory.ts"
import { followSlider, type Delay } from "./painted.ts"

const graph = fileURLToPath(new URL("../../../graphs/two-experts.ts", import.meta.url))
/** As much held-out text as the main graph has, and hardly any training: what follows the weight does not depend on how well experts are trained. */
const briefly = ["held-out.limit=6144", "expert/*.steps=2"].flatMap((set) => ["--set", set])
const atLength = ["text.limit=20000", "expert/*.steps=1000000"].flatMap((set) => ["--set", set])

const quantile = (values: readonly number[], share: number): number => must([...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))], "a value")
const ms = (value: number): string => `${value.toFixed(0)} ms`
const inWords = (delays: readonly Delay[]): string => {
  const of = (part: keyof Delay): readonly number[] => delays.map((delay) => delay[part])
  return `median ${ms(median(of("whole")))} (at most 150), 95th percentile ${ms(quantile(of("whole"), 0.95))}; medians until it is sent ${ms(median(of("sent")))}, the metric comes ${ms(median(of("answered")))}, and is painted ${ms(median(of("painted")))}`
}

/** Nothing that was edited stays beside the graph. */
const tidy = async (address: string): Promise<void> => {
  const socket = await connectLive(address)
  socket.say({ type: "edit", id: "tidy", gesture: null, edit: { op: "revert", target: null } })
  await socket.until(({ overlay }) => overlay.changes.length === 0)
  socket.close()
}

/** In `CAMBIUM_BENCH_STORE`, when it is set, what was computed is found again by the next run. */
const withLive = async (args: readonly string[], use: (live: LiveProcess) => Promise<void>): Promise<void> => {
  const kept = process.env["CAMBIUM_BENCH_STORE"]
  const folder = kept ?? mkdtempSync(join(tmpdir(), "cambium-live-"))
  const live = await startLive([...args, "--store", join(folder, "store")], folder)
  try {
    // What a run that was killed has left beside the graph.
    await tidy(live.address)
    await use(live)
  } finally {
    await tidy(live.address)
    await live.stop()
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

const rows: { readonly [name: string]: () => Promise<void> } = {
  latency: () =>
    withLive([graph, ...briefly], async ({ address }) => {
      const socket = await connectLive(address)
      await socket.until(isSettled)
      const { alone, dragged, seen, cancelled, superseded } = await followKnob(socket, { knob: "compose", param: "weight", metric: "bits", times: 200, start: Math.random(), now: systemClock.now })
      console.log(`weight to metric, one at a time, 200 times: median ${ms(median(alone))} (at most 150), 95th percentile ${ms(quantile(alone, 0.95))}`)
      console.log(`dragged through 200 values at 60 a second: median ${ms(median(dragged))}, 95th percentile ${ms(quantile(dragged, 0.95))}; ${seen} metrics seen, ${cancelled} runs cancelled, ${superseded} values replaced before they ran`)
      socket.close()
    }),
  browser: () =>
    withLive([graph, ...briefly], async ({ address }) => {
      if (chromiumPath === undefined) return console.log(noChromium)
      const socket = await connectLive(address)
      await socket.until(isSettled)
      const browser = await launchChromium()
      try {
        const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
        const before = socket.state().engine
        const { alone, dragged, painted } = await followSlider(page, address, { node: "compose", param: "weight", metric: "bits" }, { times: 200, start: Math.random() })
        const after = socket.state().engine
        console.log(`slider to painted metric in a browser, ${alone.length} inputs one at a time: ${inWords(alone)}`)
        console.log(`dragged through ${dragged.length} inputs at 60 a second: ${inWords(dragged)}; ${painted} metrics painted; of both ${after.cancelled - before.cancelled} runs cancelled, ${after.superseded - before.superseded} values replaced before they ran`)
      } finally {
        await browser.close()
        socket.close()
      }
    }),
  load: () =>
    withLive([graph, ...atLength], async ({ address }) => {
      const socket = await connectLive(address)
      const { without, withPages, cost } = await loadOfPages(socket, address, { trainer: "expert/ru", pages: 20, turns: 5, turnMs: 4_000, now: systemClock.now })
      console.log(`training with 20 pages: ${median(withPages).toFixed(2)} steps/s, without ${median(without).toFixed(2)}; it costs ${(100 * cost).toFixed(1)} % (less than 5)`)
      socket.close()
    }),
  memory: () =>
    withLive([graph, "--tiny", "--set", "expert/*.steps=2"], async (live) => {
      const megabytes = await memoryOverTime(live, { rounds: 60, editsARound: 50, knob: "compose", param: "weight" })
      console.log(`memory of the server, after every 50 edits and 20 pages that came and went: ${megabytes.map((one) => one.toFixed(0)).join(", ")} MB`)
    }),
}

/** All rows, or those named. */
export const benchLive = async (names: readonly string[]): Promise<number> => {
  for (const [name, row] of Object.entries(rows)) if (names.length === 0 || names.includes(name)) await row()
  return 0
}
