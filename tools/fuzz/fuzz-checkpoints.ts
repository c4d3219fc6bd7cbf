/**
 * Merges damaged checkpoints: each must be refused in words, or merged; never an exception, never a result under the final name when
 * it was refused. One seed, one run.
 */
import * as E from "fp-ts/lib/Either.js"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { systemClock } from "../../src/base/clock.ts"
import { ndarray, type Tensors } from "../../src/base/ndarray.ts"
import { random } from "../../src/base/random.ts"
import { encodeSafetensors } from "../../src/base/safetensors.ts"
import { executeMerge } from "../../nodes/merger/checkpoint/execute-merge.ts"
import { preflight, preflightFaults } from "../../nodes/merger/checkpoint/preflight.ts"
import { planStage, stagesOf } from "../../nodes/merger/mergekit/merge-stages.ts"
import { mutate } from "./mutate.ts"

export interface Fuzzed {
  readonly refused: number
  readonly merged: number
  /** What must not be, each with the number of the file, which repeats it. */
  readonly faults: readonly string[]
}

const yaml = `merge_method: linear\nmodels:\n  - {model: good, parameters: {weight: 1}}\n  - {model: bad, parameters: {weight: 1}}\ndtype: float16\n`

const tensors = (scale: number): Tensors => ({
  "model.embed_tokens.weight": ndarray("f32", [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6).map((x) => x * scale)),
  "model.layers.0.w": ndarray("bf16", [4], Uint16Array.of(0x3f80, 0x4000, 0x0001, 0xff80)),
  "model.steps": ndarray("i32", [], Int32Array.of(7)),
})

/** `count` files from the `first` on, in `folder`, which is used up. */
export const fuzzCheckpoints = async (seed: string, first: number, count: number, folder: string): Promise<Fuzzed> => {
  const whole = Object.entries(tensors(1))
  const bytesOf = (some: Tensors): Uint8Array => new Uint8Array(Buffer.concat(encodeSafetensors({ tensors: some, metadata: {} })))
  writeAll(join(folder, "good"), { "model.safetensors": bytesOf(tensors(1)) })
  writeAll(join(folder, "one"), { "model.safetensors": bytesOf(tensors(2)), "config.json": Buffer.from('{"num_hidden_layers": 1, "vocab_size": 3}') })
  const shards = whole.map(([name, tensor], i) => [`${i}.safetensors`, bytesOf({ [name]: tensor })] as const)
  const index = { weight_map: Object.fromEntries(whole.map(([name], i) => [name, `${i}.safetensors`])) }
  writeAll(join(folder, "shards"), { ...Object.fromEntries(shards), "model.safetensors.index.json": Buffer.from(JSON.stringify(index)) })
  writeAll(join(folder, "tfjs"), {
    "model.json": Buffer.from(JSON.stringify([{ paths: ["w.bin"], weights: [{ name: "model.embed_tokens.weight", shape: [3, 2], dtype: "float32" }, { name: "model.layers.0.w", shape: [4], dtype: "float32", quantization: { dtype: "uint8", scale: 0.1, min: -1 } }, { name: "model.steps", shape: [], dtype: "int32" }] }])),
    "w.bin": new Uint8Array(32),
  })
  let [refused, merged] = [0, 0]
  const faults: string[] = []
  for (let i = first; i < first + count; i++) {
    const choice = random(`${seed}/${i}`)
    const kind = ["one", "shards", "tfjs"][choice.below(2 ** 40, 3)] as string
    const bad = join(folder, "bad")
    rmSync(bad, { recursive: true, force: true })
    cpSync(join(folder, kind), bad, { recursive: true })
    const files = readdirSync(bad)
    const file = join(bad, files[choice.below(2 ** 41, files.length)] as string)
    writeFileSync(file, mutate(readFileSync(file), choice, !file.endsWith(".bin")))
    try {
      const told = await mergeOnce(folder)
      if (told === undefined) merged++
      else if (told.trim() === "") faults.push(`${i}: refused without a word`)
      else refused++
      if (existsSync(join(folder, "out")) !== (told === undefined)) faults.push(`${i}: ${told === undefined ? "nothing" : "something"} under the final name`)
    } catch (error) {
      faults.push(`${i}: ${(error as Error).stack ?? String(error)}`)
    }
    rmSync(join(folder, "out"), { recursive: true, force: true })
    rmSync(join(folder, ".out.unfinished"), { recursive: true, force: true })
  }
  return { refused, merged, faults }
}

/** Undefined when it was merged, else why not. */
const mergeOnce = async (folder: string): Promise<string | undefined> => {
  const options = { folder, out: join(folder, "out"), compat: false, seed: "0" }
  const stages = stagesOf("fuzz.yml", yaml, options)
  if (E.isLeft(stages)) return stages.left.join("\n")
  const [stage] = stages.right
  if (stage === undefined) return "no stage"
  const plan = planStage(stage, new Map(), options)
  if (E.isLeft(plan)) return plan.left.join("\n")
  const faults = preflightFaults(plan.right, options.out, preflight(plan.right, options.out, 1))
  if (faults.length > 0) return faults.join("\n")
  const done = await executeMerge(plan.right, options.out, { clock: systemClock, seats: 1, signal: new AbortController().signal, progress: () => undefined })
  return E.isLeft(done) ? done.left : undefined
}

const writeAll = (folder: string, files: { readonly [name: string]: Uint8Array }): void => {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
}
