/**
 * `npm run bench -- --kernels`: single kernels of gpu.js's webasm backend beside tfjs-wasm, in turns, as ratios of processor
 * time, which on one thread is the time on the clock of a quiet machine. Both give each result back to the host. Fails when they do not
 * compute the same numbers.
 */
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../src/base/assert.ts"
import { ndarray, sizeOf, type Shape, type Tensors } from "../../src/base/ndarray.ts"
import type { Device } from "../../src/device/device.ts"
import { openDevice } from "../../src/device/open.ts"
import { withProgram } from "../../src/device/with-program.ts"
import { layerNorm } from "../../src/nn/norm.ts"
import { softmax } from "../../src/tensor/activation.ts"
import { abs, add, div, max, mul, sub, tanh } from "../../src/tensor/elementwise.ts"
import type { Expr } from "../../src/tensor/expr.ts"
import { matmul } from "../../src/tensor/linear-algebra.ts"
import { trace } from "../../src/tensor/trace.ts"
import { machineClass } from "./machine.ts"
import { startPeer } from "./peer.ts"
import { median, ratioOf, type Ratio } from "./statistics.ts"

/** One kernel's work: shapes of its arguments, which are waves of phases 0, 1, 2, and what is computed. */
interface Work {
  readonly shapes: readonly Shape[]
  readonly compute: (...args: readonly Expr[]) => Expr
  /** Times as fast as tfjs-wasm it is to be; none where the figure is only stated. */
  readonly bar?: number
}

const square = (n: number): Work => ({ shapes: [[n, n], [n, n]], compute: (a, b) => matmul(must(a, "a"), must(b, "b")) })

const works: Readonly<Record<string, Work>> = {
  elementwise: {
    shapes: [[1024, 1024], [1024, 1024]],
    compute: (...[x, y]: readonly Expr[]) => {
      const [a, b] = [must(x, "x"), must(y, "y")]
      return add(sub(div(max(mul(add(mul(a, b), 0.5), sub(a, b)), mul(b, 0.1)), add(abs(a), 1)), mul(b, b)), a)
    },
    bar: 1,
  },
  gelu: {
    shapes: [[1024, 1024]],
    compute: (...[given]: readonly Expr[]) => {
      const x = must(given, "x")
      return mul(mul(x, 0.5), add(tanh(mul(mul(add(mul(mul(x, x), 0.044715), 1), x), Math.sqrt(2 / Math.PI))), 1))
    },
    bar: 1,
  },
  "layer norm": { shapes: [[2048, 256], [256], [256]], compute: (x, scale, bias) => layerNorm(must(x, "x"), must(scale, "scale"), must(bias, "bias")), bar: 1 },
  softmax: { shapes: [[2048, 256]], compute: (x) => softmax(must(x, "x")) },
  "matmul 128": square(128),
  "matmul 256": square(256),
  "matmul 512": square(512),
}

export interface KernelResult {
  readonly work: string
  /** Processor time of a run. */
  readonly ms: number
  readonly theirMs: number
  /** Times as fast as tfjs-wasm. */
  readonly ratio: Ratio
  readonly bar: number | undefined
  /** Of the elements compared, |ours - theirs|. */
  readonly difference: number
}

const wave = (shape: Shape, phase: number) => ndarray("f32", shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.3 * i + phase)))

/** Steps of a turn of about 300 ms. */
const stepsFor = (ms: number): number => Math.min(200, Math.max(3, Math.round(300 / ms)))

/** `work` on the device and in the peer, in turns. */
export const measureKernel = async (device: Device, work: string, threads: number, repeats: number): Promise<KernelResult> => {
  const { shapes, compute, bar } = must(works[work], work)
  const names = shapes.map((_, i) => `x${i}`)
  const program = trace(Object.fromEntries(names.map((name, i) => [name, { shape: must(shapes[i], name) }])), (xs) => ({ out: compute(...names.map((name) => must(xs[name], name))) }))
  const resident: Tensors = Object.fromEntries(names.map((name, i) => [name, wave(must(shapes[i], name), i)]))
  const script = join(dirname(fileURLToPath(import.meta.url)), "peers/tfjs-kernels.mjs")
  const peer = await startPeer({ command: process.execPath, args: [script, work, String(threads)] })
  try {
    return await withProgram(device, program, resident, async (bound): Promise<KernelResult> => {
      const step = async (): Promise<{ readonly ms: number; readonly value: number }> => {
        const before = performance.now()
        const out = must((await bound.run({}))["out"], "out").data
        return { ms: performance.now() - before, value: out[out.length >> 1] ?? NaN }
      }
      const first = await step()
      const warm = await step()
      const theirs = await peer.steps(2)
      const ours: number[] = []
      const others: number[] = []
      for (let round = 0; round < repeats; round++) {
        const count = stepsFor(warm.ms)
        const before = process.cpuUsage()
        for (let i = count; i > 0; i--) await step()
        const { user, system } = process.cpuUsage(before)
        ours.push((user + system) / 1000 / count)
        const theirCount = stepsFor(must(theirs.ms[1], "time"))
        others.push((await peer.steps(theirCount)).cpuMs / theirCount)
      }
      return { work, ms: median(ours), theirMs: median(others), ratio: ratioOf(ours, others), bar, difference: Math.abs(first.value - must(theirs.losses[0], "value")) }
    })
  } finally {
    await peer.close()
  }
}

/** Largest |ours - theirs| that is taken for the same number. */
const close = 1e-4

/** The table as Markdown. */
export const kernelTable = (results: readonly KernelResult[], threads: number): string =>
  [
    `Machine: ${machineClass()}; ${threads} thread${threads === 1 ? "" : "s"} each.`,
    "",
    "| work | gpujs:webasm | tfjs-wasm | times as fast (min to max) | at least |",
    "|---|---:|---:|---|---|",
    ...results.map(({ work, ms, theirMs, ratio, bar }) =>
      `| ${work} | ${ms.toPrecision(3)} ms | ${theirMs.toPrecision(3)} ms | ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}) | ${bar === undefined ? "" : `${bar.toFixed(1)}: ${ratio.median >= bar ? "holds" : "missed"}`} |`,
    ),
  ].join("\n")

/** Exit code: 0 measured, 1 the numbers differ or the device does not open. */
export const kernelsCommand = async (args: readonly string[]): Promise<number> => {
  const { values } = parseArgs({ args: [...args], strict: false, options: { threads: { type: "string" }, repeats: { type: "string" } } })
  const [threads, repeats] = [Number(values["threads"] ?? 1), Number(values["repeats"] ?? 5)]
  const device = await openDevice("gpujs:webasm", { threads })
  if (E.isLeft(device)) {
    process.stderr.write(`bench: ${device.left.reason}\n`)
    return 1
  }
  const results: KernelResult[] = []
  for (const work of Object.keys(works)) {
    process.stderr.write(`${work}\n`)
    results.push(await measureKernel(device.right, work, threads, repeats))
  }
  await device.right.close()
  process.stdout.write(`${kernelTable(results, threads)}\n`)
  const wrong = results.filter(({ difference }) => !(difference <= close))
  for (const { work, difference } of wrong) process.stderr.write(`bench: ${work}: the peers differ by ${difference}\n`)
  return wrong.length > 0 ? 1 : 0
}
