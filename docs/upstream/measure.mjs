/**
 * What the patch beside this file gains: applies it to a temporary copy of the installed gpu.js and times both in turns, in
 * processor time (a busy machine changes it little), on one thread. `node docs/upstream/measure.mjs`, a minute.
 * The project itself does not use the patch: `src/device/gpujs/wasm-kernel.ts` makes the same changes in a subclass.
 */
import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const require = createRequire(import.meta.url)
const installed = dirname(require.resolve("gpu.js/package.json"))
const folder = mkdtempSync(join(tmpdir(), "gpujs-patched-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
cpSync(installed, join(folder, "gpu.js"), { recursive: true })
symlinkSync(dirname(installed), join(folder, "node_modules"))
execFileSync("patch", ["-p1", "-s", "-i", fileURLToPath(new URL("webasm-contiguous-loads.patch", import.meta.url))], { cwd: join(folder, "gpu.js") })

const libraries = { published: require("gpu.js"), patched: require(join(folder, "gpu.js")) }

const product = (n, unroll) => ({
  output: [n, n],
  inputs: [n * n, n * n],
  operations: 2 * n ** 3,
  source: `function (a, b) {
    let sum = 0.5;
    for (let k = 0; k < ${n / unroll}; k++) {
      ${Array.from({ length: unroll }, (_, i) => `sum = sum + a[this.thread.y * ${n} + k * ${unroll} + ${i}] * b[this.thread.x + k * ${unroll * n} + ${i * n}];`).join("\n")}
    }
    return sum;
  }`,
})
const work = {
  "matrix product 64": product(64, 1),
  "matrix product 128": product(128, 1),
  "matrix product 256": product(256, 1),
  "matrix product 256, 4 terms a turn": product(256, 4),
  "a * 0.5 + b over 1 M": { output: [1 << 20], inputs: [1 << 20, 1 << 20], operations: 2 << 20, source: "function (a, b) { return a[this.thread.x] * 0.5 + b[this.thread.x]; }" },
  "sum of 256 rows of 4096": {
    output: [4096], inputs: [1 << 20, 1], operations: 1 << 20,
    source: "function (a, b) { let sum = b[0]; for (let k = 0; k < 256; k++) { sum = sum + a[this.thread.x + k * 4096]; } return sum; }",
  },
}

const wave = (length) => Float32Array.from({ length }, (_, i) => Math.sin(1.3 * i))
const pipeline = ({ GPU, input }, { source, output, inputs }) => {
  const gpu = new GPU({ mode: "webasm" })
  const kernel = gpu.createKernel(source, { output })
  const run = gpu.createPipeline((a, b) => [kernel(a, b)], { threads: false })
  const values = inputs.map((length) => input(wave(length), [length]))
  return { run: () => run(...values), close: () => gpu.destroy() }
}
const bytes = (rows) => Buffer.concat(rows.flat().map((row) => Buffer.from(row.buffer, row.byteOffset, row.byteLength)))

console.log("| work | published | patched | times as fast, min to max | same bytes |\n|---|---|---|---|---|")
for (const [name, task] of Object.entries(work)) {
  const peers = Object.entries(libraries).map(([label, library]) => ({ label, ...pipeline(library, task), ms: [] }))
  const results = []
  for (const peer of peers) results.push(bytes(await peer.run()))
  for (let round = 0; round < 9; round++) {
    for (const peer of peers) {
      const before = process.cpuUsage()
      let runs = 0
      do {
        await peer.run()
        runs++
      } while (process.cpuUsage(before).user < 30_000)
      const { user, system } = process.cpuUsage(before)
      peer.ms.push((user + system) / 1000 / runs)
    }
  }
  const [published, patched] = peers.map(({ ms }) => ms)
  const ratios = published.map((ms, i) => ms / patched[i]).sort((a, b) => a - b)
  const rate = (ms) => `${(task.operations / [...ms].sort((a, b) => a - b)[ms.length >> 1] / 1e6).toFixed(2)} GFLOP/s`
  console.log(`| ${name} | ${rate(published)} | ${rate(patched)} | ${ratios[4].toFixed(2)} (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)}) | ${results[0].equals(results[1]) ? "yes" : "no"} |`)
  for (const peer of peers) await peer.close()
}
process.exit(0)
