/**
 * Threads for tfjs-wasm in Node. tfjs ships a threaded SIMD binary but turns it off in Node (tensorflow/tfjs issue 3830):
 * its worker is a blob URL, which `worker_threads` does not take, and it counts half the logical cores. Without this
 * a comparison on two cores would be against one. Must run before tfjs-backend-wasm is loaded.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"

const require = createRequire(import.meta.url)
const threaded = "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd"

/** Lets the backend start `threads` threads. */
export const allowThreads = (threads) => {
  const workerThreads = require("node:worker_threads")
  const os = require("node:os")
  const folder = mkdtempSync(join(tmpdir(), "cambium-tfjs-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  const body = join(folder, "worker.cjs")
  // The package holds the worker as a string in which "\n" has already become a newline: put it back.
  writeFileSync(body, require(`${threaded}.worker.js`).wasmWorkerContents.replace(/\n/g, "\\n"))
  const script = require.resolve(`${threaded}.js`)
  workerThreads.Worker = class extends workerThreads.Worker {
    constructor() {
      super(body)
      this.unref()
    }
    postMessage(message, transfer) {
      super.postMessage(message?.cmd === "load" ? { ...message, urlOrBlob: script } : message, transfer)
    }
  }
  const cpus = os.cpus()
  os.cpus = () => Array.from({ length: 2 * threads }, (_, i) => cpus[i % cpus.length])
}
