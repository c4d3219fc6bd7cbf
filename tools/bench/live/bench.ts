/** `npm run bench:live [latency|browser|pan|load|memory]`: figures of the live server, printed with the bars they are to meet. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Page } from "playwright-core"
import { must } from "../../../src/base/assert.ts"
import { systemClock } from "../../../src/base/clock.ts"
import { median } from "../statistics.ts"
import { chromiumPath, launchChromium, noChromium } from "../../live/chromium.ts"
import { followKnob } from "./latency.ts"
import { connectLive, isSettled, startLive, type LiveProcess } from "./live-process.ts"
import { loadOfPages } from "./load.ts"
import { memoryOverTime, type Memory } from "./memory.ts"
import { followSlider, type Delay } from "./painted.ts"
import { pan } from "./panned.ts"

const graph = fileURLToPath(new URL("../../../graphs/two-experts.ts", import.meta.url))
const largeGraph = fileURLToPath(new URL("./graphs/three-hundred.ts", import.meta.url))
/** Milliseconds in which the metrics follow a weight. */
const mostMs = 150
/**
 * As much held-out text as the main graph has, and hardly any training: what follows the weight does not depend on how well experts are
 * trained. A slider has few values, so the text is a little longer each time: no run finds what an earlier one has composed.
 */
const briefly = [`held-out.limit=${6144 + Math.floor(Math.random() * 1000)}`, "expert/*.steps=2"].flatMap((set) => ["--set", set])
const atLength = ["text.limit=20000", "expert/*.steps=1000000"].flatMap((set) => ["--set", set])

const quantile = (values: readonly number[], share: number): number => must([...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))], "a value")
const ms = (value: number): string => `${value.toFixed(0)} ms`
const inWords = (delays: readonly Delay[]): string => {
  const of = (part: keyof Delay): readonly number[] => delays.map((delay) => delay[part])
  return `median ${ms(median(of("whole")))} (at most ${mostMs}), 95th percentile ${ms(quantile(of("whole"), 0.95))}; medians until it is sent ${ms(median(of("sent")))}, the metric comes ${ms(median(of("answered")))}, and is painted ${ms(median(of("painted")))}`
}

/** Nothing that was edited stays beside the graph. */
const tidy = async (address: string): Promise<void> => {
  const socket = await connectLive(address)
  socket.say({ type: "edit", id: "tidy", gesture: null, edit: { op: "revert", target: null } })
  await socket.until(({ overlay }) => overlay.changes.length === 0)
  socket.close()
}

/** In `CAMBIUM_BENCH_STORE`, when it is set, what was computed is found again by the next run. */
const withLive = async (args: readonly string[], use: (live: LiveProcess) => Promise<boolean>, nodeArgs: readonly string[] = []): Promise<boolean> => {
  const kept = process.env["CAMBIUM_BENCH_STORE"]
  const folder = kept ?? mkdtempSync(join(tmpdir(), "cambium-live-"))
  const live = await startLive([...args, "--store", join(folder, "store")], folder, nodeArgs)
  try {
    // What a run that was killed has left beside the graph.
    await tidy(live.address)
    return await use(live)
  } finally {
    await tidy(live.address)
    await live.stop()
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** Prints a figure; whether it meets its bar. */
const tell = (figure: string, isMet = true): boolean => {
  console.log(isMet ? figure : `${figure}: NOT MET`)
  return isMet
}

const inBrowser = async (use: (page: Page) => Promise<boolean>): Promise<boolean> => {
  if (chromiumPath === undefined) return tell(noChromium)
  const browser = await launchChromium()
  try {
    return await use(await browser.newPage({ viewport: { width: 1440, height: 900 } }))
  } finally {
    await browser.close()
  }
}

/** Each tells its figures, and whether all of them meet their bars. */
const rows: { readonly [name: string]: () => Promise<boolean> } = {
  latency: () =>
    withLive([graph, ...briefly], async ({ address }) => {
      const socket = await connectLive(address)
      await socket.until(isSettled)
      const { alone, dragged, seen, cancelled, superseded } = await followKnob(socket, { knob: "compose", param: "weight", metric: "bits", times: 200, start: Math.random(), now: systemClock.now })
      socket.close()
      return [
        tell(`weight to metric, one at a time, 200 times: median ${ms(median(alone))} (at most ${mostMs}), 95th percentile ${ms(quantile(alone, 0.95))}; the first ${ms(must(alone[0], "value"))}`, median(alone) <= mostMs),
        tell(`dragged through 200 values at 60 a second: median ${ms(median(dragged))} (at most ${mostMs}), 95th percentile ${ms(quantile(dragged, 0.95))}; ${seen} metrics seen, ${cancelled} runs cancelled, ${superseded} values replaced before they ran`, median(dragged) <= mostMs),
      ].every(Boolean)
    }),
  browser: () =>
    withLive([graph, ...briefly], async ({ address }) => {
      const socket = await connectLive(address)
      await socket.until(isSettled)
      const before = socket.state().engine
      const isMet = await inBrowser(async (page) => {
        const { first, alone, dragged, painted } = await followSlider(page, address, { node: "compose", param: "weight", metric: "bits" }, { times: 200, start: Math.random() })
        const after = socket.state().engine
        return [
          tell(`slider to painted metric in a browser, ${alone.length} inputs one at a time: ${inWords(alone)}; the first after the start ${ms(first.whole)}`, median(alone.map(({ whole }) => whole)) <= mostMs),
          tell(`dragged through ${dragged.length} inputs at 60 a second: ${inWords(dragged)}; ${painted} metrics painted; of both ${after.cancelled - before.cancelled} runs cancelled, ${after.superseded - before.superseded} values replaced before they ran`, median(dragged.map(({ whole }) => whole)) <= mostMs),
        ].every(Boolean)
      })
      socket.close()
      return isMet
    }),
  pan: () =>
    withLive([largeGraph], ({ address }) =>
      inBrowser(async (page) => {
        const rates = await pan(page, address, { nodes: 300, turns: 5, turnMs: 2_000 })
        return tell(`300 nodes panned at ${rates.map((rate) => rate.toFixed(0)).join(", ")} frames a second (at least 30)`, median(rates) >= 30)
      }),
    ),
  load: () =>
    withLive([graph, ...atLength], async ({ address }) => {
      const socket = await connectLive(address)
      const { without, withPages, cost } = await loadOfPages(socket, address, { trainer: "expert/ru", pages: 20, turns: 5, turnMs: 4_000, now: systemClock.now })
      socket.close()
      return tell(`training with 20 pages: ${median(withPages).toFixed(2)} steps/s, without ${median(without).toFixed(2)}; it costs ${(100 * cost).toFixed(1)} % (less than 5)`, cost < 0.05)
    }),
  memory: () =>
    withLive(
      [graph, "--tiny", "--set", "expert/*.steps=2"],
      async (live) => {
        const found = await memoryOverTime(live, { rounds: 60, editsARound: 50, knob: "compose", param: "weight" })
        const third = (part: keyof Memory, i: number): number => median(found.slice((i * found.length) / 3, ((i + 1) * found.length) / 3).map((one) => one[part]))
        const lines = ([["heap", "objects, garbage collected", 1], ["arrays", "arrays beside them", 1], ["resident", "resident", 0]] as const).map(([part, name, digits]) => {
          const growth = third(part, 2) / third(part, 1) - 1
          return tell(`  ${name}: ${found.map((one) => (one[part] / 1e6).toFixed(digits)).join(", ")}; the last third against the one before ${(100 * growth).toFixed(1)} % (less than 2)`, growth < 0.02)
        })
        console.log("are MB of the server after every 50 edits and 20 pages that came and went")
        return lines.every(Boolean)
      },
      ["--inspect=127.0.0.1:0"],
    ),
}

/** All rows, or those named. Exit code: 1 when a figure misses its bar. */
export const benchLive = async (names: readonly string[]): Promise<number> => {
  let isMet = true
  for (const [name, row] of Object.entries(rows)) if (names.length === 0 || names.includes(name)) isMet = (await row()) && isMet
  return isMet ? 0 : 1
}
