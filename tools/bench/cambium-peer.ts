/**
 * This project's peer: `node --import tsx cambium-peer.ts FOLDER DEVICE`. The step is what node `trainer/pretrain` runs:
 * one traced program, bound to a device that holds weights, moments and substrate. The protocol is that of `peer.ts`.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../src/base/assert.ts"
import { ndarray, sizeOf, type NdArray, type Tensors } from "../../src/base/ndarray.ts"
import { decodeSafetensors } from "../../src/base/safetensors.ts"
import { deviceNames } from "../../src/device/device.ts"
import { openDevice } from "../../src/device/open.ts"
import { adamwScalars } from "../../src/nn/adamw.ts"
import { crossEntropy } from "../../src/nn/cross-entropy.ts"
import { gptForward } from "../../src/nn/gpt.ts"
import { initMoments, trainingStep } from "../../src/nn/training-step.ts"
import { input } from "../../src/tensor/source.ts"
import { gptConfigOf, type Spec } from "./spec.ts"
import type { Answer, Hello } from "./peer.ts"

const [folder = "", wanted = ""] = process.argv.slice(2)
const reply = (message: Hello | Answer): void => void process.stdout.write(`${JSON.stringify(message)}\n`)

const load = async (file: string): Promise<Tensors> => {
  const decoded = decodeSafetensors(await readFile(join(folder, file)))
  if (E.isLeft(decoded)) throw new Error(`${file}: ${decoded.left}`)
  return decoded.right.tensors
}

const spec = JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as Spec
const name = must(deviceNames.find((device) => device === wanted), `device ${wanted}`)
const device = await openDevice(name, { threads: spec.threads })
if (E.isLeft(device)) {
  process.stderr.write(`${name}: ${device.left.reason}\n`)
  process.exit(1)
}

const { substrate, ...weights } = await load("weights.safetensors")
const table = must(substrate, "substrate")
const { input: inputs, target: targets } = await load("batches.safetensors")
const batchOf = (all: NdArray | undefined, step: number): NdArray => {
  const { shape: [count = 1, ...shape], data } = must(all, "batches")
  const size = sizeOf(shape)
  return ndarray("i32", shape, (data as Int32Array).subarray((step % count) * size, ((step % count) + 1) * size))
}

const config = gptConfigOf(spec)
const optimiser = { beta1: spec.beta1, beta2: spec.beta2, epsilon: spec.epsilon, weightDecay: spec.decay }
const batchShape = [spec.rows, spec.context]
const program = trainingStep({
  trained: Object.fromEntries(Object.entries(weights).map(([weight, { shape }]) => [weight, shape])),
  given: { substrate: input("substrate", table.shape), tokens: input("tokens", batchShape, "i32"), targets: input("targets", batchShape, "i32") },
  loss: (x) => crossEntropy(gptForward(config, x, must(x["substrate"], "substrate"), must(x["tokens"], "tokens")), must(x["targets"], "targets")),
  optimiser,
  clip: spec.clip,
})
const compiled = await device.right.compile(program)
const bound = await compiled.bind({ ...weights, ...initMoments(weights), substrate: table })

let done = 0
/** One training step; its loss. */
const step = async (): Promise<number> => {
  const batch = { tokens: batchOf(inputs, done), targets: batchOf(targets, done) }
  done++
  const { loss } = await bound.run({ ...batch, ...adamwScalars(optimiser, spec.rate, done) })
  return must(loss?.data[0], "loss")
}

reply({
  ready: true,
  version: `Cambium ${name}`,
  detail: `${spec.threads} threads, ${device.right.family}`,
  params: Object.values(weights).reduce((n, { shape }) => n + sizeOf(shape), 0),
})
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line) as { readonly steps: number }
  const losses: number[] = []
  const ms: number[] = []
  const before = process.cpuUsage()
  for (let i = 0; i < steps; i++) {
    const start = performance.now()
    losses.push(await step())
    ms.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  reply({ losses, ms, cpuMs: (user + system) / 1000, peakKb: process.resourceUsage().maxRSS })
}
await bound.close()
await compiled.close()
await device.right.close()
