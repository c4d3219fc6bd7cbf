/**
 * Single kernels in tfjs-wasm, as a peer process: `node tfjs-kernels.mjs WORK THREADS`, with the protocol of `tools/bench/peer.ts`.
 * Arguments are tensors of the backend from the start; each step computes the result and reads it back.
 */
import { createRequire } from "node:module"
import { createInterface } from "node:readline"
import { allowThreads } from "./tfjs-threads.mjs"

const [, , work, threads] = process.argv
allowThreads(Number(threads))
const require = createRequire(import.meta.url)
const tf = require("@tensorflow/tfjs")
const wasm = require("@tensorflow/tfjs-backend-wasm")
wasm.setThreadsCount(Number(threads))
await tf.setBackend("wasm")

const wave = (shape, phase) => tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + phase)), shape)

const elementwise = () => {
  const [x, y] = [wave([1024, 1024], 0), wave([1024, 1024], 1)]
  return () => x.mul(y).add(0.5).mul(x.sub(y)).maximum(y.mul(0.1)).div(x.abs().add(1)).sub(y.mul(y)).add(x)
}
const gelu = () => {
  const x = wave([1024, 1024], 0)
  return () => x.mul(0.5).mul(x.mul(x).mul(0.044715).add(1).mul(x).mul(Math.sqrt(2 / Math.PI)).tanh().add(1))
}
const layerNorm = () => {
  const [x, scale, bias] = [wave([2048, 256], 0), wave([256], 1), wave([256], 2)]
  return () => {
    const centred = x.sub(x.mean(1, true))
    return centred.mul(centred.mul(centred).mean(1, true).add(1e-5).rsqrt()).mul(scale).add(bias)
  }
}
const softmax = () => {
  const x = wave([2048, 256], 0)
  return () => tf.softmax(x)
}
const matmul = (n) => () => {
  const [a, b] = [wave([n, n], 0), wave([n, n], 1)]
  return () => tf.matMul(a, b)
}
const works = { elementwise, gelu, "layer norm": layerNorm, softmax, "matmul 128": matmul(128), "matmul 256": matmul(256), "matmul 512": matmul(512) }

const run = works[work]()
const step = () => {
  const before = performance.now()
  const result = tf.tidy(run)
  const values = result.dataSync()
  const ms = performance.now() - before
  result.dispose()
  return { ms, loss: values[values.length >> 1] }
}
step()
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
say({ ready: true, version: `tfjs-wasm ${tf.version_core}`, params: 0, detail: `SIMD, ${wasm.getThreadsCount()} threads` })
for await (const line of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage()
  const steps = Array.from({ length: JSON.parse(line).steps }, step)
  const { user, system } = process.cpuUsage(before)
  say({ losses: steps.map(({ loss }) => loss), ms: steps.map(({ ms }) => ms), cpuMs: (user + system) / 1000, peakKb: process.resourceUsage().maxRSS })
}
process.exit(0)
