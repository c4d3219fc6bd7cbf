/**
 * `cost`'s predicted peak against the measured one, for training steps on onnxruntime, each in a fresh process:
 *
 *     node --import tsx tools/bench/peak-memory.ts [NAME...]
 *
 * Measured: the peak resident set over the runs, less the resident set once the program is compiled and the caller holds the first
 * weights. So what binding and running the program adds is in it (state twice, values in between, what runs leave behind); what the
 * process, the library and the compiled graph take is not. Garbage of the JavaScript heap is collected before each run, and
 * a run has one thread, since trying several opens several sessions.
 */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../src/base/assert.ts"
import { makeElements, ndarray, sizeOf, type NdArray, type Tensors } from "../../src/base/ndarray.ts"
import { random } from "../../src/base/random.ts"
import { openDevice } from "../../src/device/open.ts"
import { crossEntropy } from "../../src/nn/cross-entropy.ts"
import { gptForward, gptShapes } from "../../src/nn/gpt.ts"
import { resnetForward, resnetMoments, resnetShapes } from "../../src/nn/resnet.ts"
import { sgd } from "../../src/nn/sgd.ts"
import { trainingStep } from "../../src/nn/training-step.ts"
import { cost } from "../../src/tensor/cost.ts"
import type { Program } from "../../src/tensor/program.ts"
import { input } from "../../src/tensor/source.ts"
import { gptConfigOf, gptSpecOf, specOf, type GptSpec } from "./spec.ts"

interface Training {
  readonly checkpoint?: boolean
  /** Blocks from below that do not train, as under the newest block of a stage of growth. */
  readonly frozen?: number
}

const gpt = (size: Partial<GptSpec>, { checkpoint = false, frozen = 0 }: Training = {}): Program => {
  const spec = { ...gptSpecOf("train-0.8M", 1), ...size }
  const config = { ...gptConfigOf(spec), checkpoint }
  const trains = (name: string): boolean => Number(/^block\/(\d+)\//.exec(name)?.[1] ?? frozen) >= frozen
  const shapes = Object.entries(gptShapes(config))
  return trainingStep({
    trained: Object.fromEntries(shapes.filter(([name]) => trains(name))),
    given: {
      ...Object.fromEntries(shapes.flatMap(([name, shape]) => (trains(name) ? [] : [[name, input(name, shape)]]))),
      substrate: input("substrate", [spec.vocabulary, spec.width]),
      tokens: input("tokens", [spec.rows, spec.context], "i32"),
      targets: input("targets", [spec.rows, spec.context], "i32"),
    },
    loss: (x) => crossEntropy(gptForward(config, x, must(x["substrate"], "substrate"), must(x["tokens"], "tokens")), must(x["targets"], "targets")),
    optimiser: { beta1: spec.beta1, beta2: spec.beta2, epsilon: spec.epsilon, weightDecay: spec.decay },
    clip: spec.clip,
  })
}

const cnn = (): Program => {
  const spec = specOf("train-cnn", 1)
  if (spec.task !== "train-cnn") throw new Error("train-cnn is another task")
  return trainingStep({
    trained: resnetShapes(spec),
    given: {
      ...Object.fromEntries(Object.entries(resnetMoments(spec)).map(([name, shape]) => [name, input(name, shape)])),
      image: input("image", [spec.rows, spec.channels, spec.extent, spec.extent]),
      label: input("label", [spec.rows], "i32"),
    },
    loss: (x) => {
      const { logits, moments } = resnetForward(spec, x, must(x["image"], "image"), { phase: "train" })
      return { loss: crossEntropy(logits, must(x["label"], "label")), carried: moments }
    },
    optimiser: sgd({ momentum: spec.momentum, nesterov: true, weightDecay: 0 }),
  })
}

const studied = { width: 128, heads: 4, vocabulary: 1024, rows: 8, context: 128 }

const programs: Readonly<Record<string, () => Program>> = {
  "GPT 0.8M": () => gpt({}),
  "GPT 5M": () => gpt(gptSpecOf("train-5M", 1)),
  "GPT 20M": () => gpt(gptSpecOf("train-20M", 1)),
  "ResNet-20": cnn,
  "GPT of 12 blocks": () => gpt({ blocks: 12 }),
  "GPT of 12 blocks, checkpointed": () => gpt({ blocks: 12 }, { checkpoint: true }),
  // The three that the study of Growing Transformers compares by memory, at its size.
  "study: monolith of 6 blocks": () => gpt({ ...studied, blocks: 6 }),
  "study: sixth block on 5 frozen": () => gpt({ ...studied, blocks: 6 }, { frozen: 5 }),
  "study: monolith of 1 block": () => gpt({ ...studied, blocks: 1 }),
}

export const peakNames: readonly string[] = Object.keys(programs)

/** Bytes at the widest moment. */
export interface Peak {
  readonly predicted: number
  readonly measured: number
}

/** In a fresh process; rejects with what it said when it fails. */
export const measurePeak = (name: string): Promise<Peak> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", fileURLToPath(import.meta.url), "--measure", name], { stdio: ["ignore", "pipe", "pipe"] })
    let [out, problem] = ["", ""]
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (problem += chunk.toString()))
    child.on("close", (code) => (code === 0 ? resolve(JSON.parse(out) as Peak) : reject(new Error(`${name}: ${problem}`))))
  })

const runs = 6

/** One entry of /proc/self/status, in bytes. */
const status = (entry: "VmRSS" | "VmHWM"): number =>
  1024 * Number(must(new RegExp(`${entry}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1], entry))

const collect = (): void => must(globalThis.gc, "node --expose-gc")()

/** Small numbers for f32, zeros for others: values that stay finite, on pages that exist. */
const filled = ({ dtype, shape }: Pick<NdArray, "dtype" | "shape">, name: string): NdArray => {
  if (dtype !== "f32" || name.startsWith("v/")) return ndarray(dtype, shape, makeElements(dtype, sizeOf(shape)).fill(0))
  return ndarray("f32", shape, random(name).normals(sizeOf(shape)).map((x) => x * 0.02))
}

const measureHere = async (program: Program): Promise<Peak> => {
  const device = await openDevice("onnx", { threads: 1 })
  if (E.isLeft(device)) throw new Error(device.left.reason)
  const compiled = await device.right.compile(program)
  const given = Object.entries(program.inputs).map(([name, index]): [string, NdArray] => [name, filled(must(program.steps[index], name), name)])
  // As trainers do: what never changes is bound too, and only a batch is passed.
  const isState = (name: string): boolean => Object.hasOwn(program.outputs, name) || name.startsWith("block/")
  const tensors = (of: typeof given): Tensors => Object.fromEntries(of)
  const [state, passed] = [tensors(given.filter(([name]) => isState(name))), tensors(given.filter(([name]) => !isState(name)))]
  // Opens the session, which stays open for who binds next.
  await (await compiled.bind({})).close()
  collect()
  const before = status("VmRSS")
  const bound = await compiled.bind(state)
  for (let i = 0; i < runs; i++) {
    collect()
    await bound.run(passed)
  }
  return { predicted: cost(program).peakBytes, measured: status("VmHWM") - before }
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)

const main = async (words: readonly string[]): Promise<void> => {
  const [flag, name = ""] = words
  if (flag === "--measure") return void process.stdout.write(JSON.stringify(await measureHere(must(programs[name], name)())))
  process.stdout.write("| training step | predicted MiB | measured MiB | measured / predicted |\n| --- | --- | --- | --- |\n")
  for (const each of words.length > 0 ? words : peakNames) {
    const { predicted, measured } = await measurePeak(each)
    process.stdout.write(`| ${each} | ${mib(predicted)} | ${mib(measured)} | ${(measured / predicted).toFixed(2)} |\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
