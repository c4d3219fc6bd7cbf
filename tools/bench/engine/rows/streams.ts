/**
 * What streams cost: 10,000 small tensors through 5 stages, beside the same functions called one after another; and 4 GiB through a slow consumer, with the memory that takes.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { timed } from "../in-process.ts"
import type { Finding, Row } from "../row.ts"
import { first, make, recoded, scaled, type Tensor } from "../stream-kinds.ts"
import { smallTensors } from "../stream-through.ts"

const count = 10_000
const stages = 5
const mostMicroseconds = 3
const mostMiB = 300
/** What an edge may hold, by default. */
const credit = 64

/** The same numbers without an engine; `pass` is what an element goes through from one function to the next. */
const direct = (pass: (element: Tensor) => Tensor) => (): number => {
  let sum = 0
  for (let i = 0; i < count; i++) {
    let element = make(new Float32Array(16).fill(i, 0, 1))
    for (let stage = 0; stage < stages; stage++) element = scaled(pass(element))
    sum += first(pass(element))
  }
  return sum
}

const best = async (act: () => unknown): Promise<number> => {
  let least = Infinity
  for (let i = 0; i < 5; i++) least = Math.min(least, await timed(act))
  return least
}

const small = async (): Promise<Finding> => {
  let peak = 0
  const streamed = await best(async () => {
    for (const edge of await smallTensors(count, stages)) peak = Math.max(peak, edge.peak.items)
  })
  const work = await best(direct((element) => element))
  const coded = await best(direct(recoded))
  // The source and each stage give every element once.
  const perItem = (ms: number): number => (ms * 1000) / count / (stages + 1)
  const each = perItem(streamed - work)
  return {
    work: `${count.toLocaleString("en")} small tensors through ${stages} stages`,
    here: `${each.toFixed(2)} µs an item and stage above the work itself, ${perItem(coded - work).toFixed(2)} of them for encoding and decoding; at most ${peak} items buffered`,
    bar: { text: `${mostMicroseconds} µs, buffered at most ${credit}`, isMet: each <= mostMicroseconds && peak <= credit },
  }
}

const large = (root: string): Finding => {
  const mib = 4096
  const child = spawnSync(process.execPath, [join(root, "tools/bench/engine/stream-memory.mjs"), String(mib)], { encoding: "utf8" })
  if (child.status !== 0) throw new Error(child.stderr)
  const { peakMiB } = JSON.parse(child.stdout) as { readonly peakMiB: number }
  return { work: "4 GiB through a slow consumer", here: `${peakMiB} MiB resident`, bar: { text: `${mostMiB} MiB`, isMet: peakMiB < mostMiB } }
}

export const streamsRow: Row = { name: "streams", measure: async ({ root }) => [await small(), large(root)] }
