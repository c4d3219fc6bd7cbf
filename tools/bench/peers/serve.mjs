/**
 * What every peer in Node has in common: reading the workload's tensors, and the protocol of `tools/bench/peer.ts`: one JSON line in,
 * one JSON line out.
 */
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"

/** Tensors of a safetensors file, by name: dtype, shape, and the bytes in an `ArrayBuffer` of their own. */
export const readTensors = (path) => {
  const raw = readFileSync(path)
  const start = 8 + Number(raw.readBigUInt64LE(0))
  const { __metadata__, ...header } = JSON.parse(raw.toString("utf8", 8, start))
  return Object.fromEntries(
    Object.entries(header).map(([name, { dtype, shape, data_offsets: [from, to] }]) => [
      name,
      { dtype, shape, buffer: Uint8Array.prototype.slice.call(raw, start + from, start + to).buffer },
    ]),
  )
}

const reply = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

/** Says hello and answers requests for steps; `step(i)` takes step i and gives the number by which peers are compared. Ends the process. */
export const serve = async (hello, step) => {
  reply({ ready: true, ...hello })
  let done = 0
  for await (const line of createInterface({ input: process.stdin })) {
    const losses = []
    const ms = []
    const before = process.cpuUsage()
    for (let i = 0; i < JSON.parse(line).steps; i++) {
      const start = performance.now()
      losses.push(await step(done++))
      ms.push(performance.now() - start)
    }
    const { user, system } = process.cpuUsage(before)
    reply({ losses, ms, cpuMs: (user + system) / 1000, peakKb: process.resourceUsage().maxRSS })
  }
  process.exit(0)
}
