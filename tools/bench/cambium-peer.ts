/**
 * This project's peer: `node --import tsx cambium-peer.ts FOLDER DEVICE`. What a step is, is in `tasks/`; the protocol is that of
 * `peer.ts`.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../src/base/assert.ts"
import { deviceNames } from "../../src/device/device.ts"
import { openDevice } from "../../src/device/open.ts"
import type { Answer, Hello } from "./peer.ts"
import type { Spec } from "./spec.ts"
import { cnnTask } from "./tasks/cnn.ts"
import { gptTask } from "./tasks/gpt.ts"
import { productTask } from "./tasks/product.ts"
import type { Task } from "./tasks/task.ts"

const [folder = "", wanted = ""] = process.argv.slice(2)
const reply = (message: Hello | Answer): void => void process.stdout.write(`${JSON.stringify(message)}\n`)

const spec = JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as Spec
const name = must(deviceNames.find((device) => device === wanted), `device ${wanted}`)
const device = await openDevice(name, { threads: spec.threads })
if (E.isLeft(device)) {
  process.stderr.write(`${name}: ${device.left.reason}\n`)
  process.exit(1)
}
const taskOf = (): Promise<Task> => {
  switch (spec.task) {
    case "product":
      return productTask(spec, folder, device.right)
    case "train-cnn":
    case "score-cnn":
      return cnnTask(spec, folder, device.right)
    default:
      return gptTask(spec, folder, device.right)
  }
}
const task = await taskOf()

reply({ ready: true, version: `Cambium ${name}`, detail: `${spec.threads} threads, ${device.right.family}`, params: task.params })
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line) as { readonly steps: number }
  const losses: number[] = []
  const ms: number[] = []
  const before = process.cpuUsage()
  for (let i = 0; i < steps; i++) {
    const start = performance.now()
    losses.push(await task.step())
    ms.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  reply({ losses, ms, cpuMs: (user + system) / 1000, peakKb: process.resourceUsage().maxRSS })
}
await task.close()
await device.right.close()
