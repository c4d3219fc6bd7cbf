/**
 * The files all peers start from: initial weights and batches, made once from a seed and written as safetensors, so
 * that the first losses of all peers must agree. Linear weights are stored [in, out] and used as `x @ weight`.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { ndarray, sizeOf, type Tensors } from "../../src/base/ndarray.ts"
import { random } from "../../src/base/random.ts"
import { encodeSafetensors } from "../../src/base/safetensors.ts"
import { exportProgram } from "../../src/device/onnx/export.ts"
import { initGpt } from "../../src/nn/gpt.ts"
import { initResnet } from "../../src/nn/resnet.ts"
import { gptConfigOf, isCnn, type CnnSpec, type GptSpec, type ProductSpec, type Spec } from "./spec.ts"
import { decodeProgram, scoreProgram } from "./tasks/gpt.ts"

/** Distinct batches; step `i` takes batch `i % batchCount`. */
export const batchCount = 16

/** Initial weights as `src/nn/gpt.ts` names and shapes them, and the frozen `substrate` with rows of about unit norm. */
export const initialWeights = (spec: GptSpec): Tensors => {
  const { width, vocabulary } = spec
  const source = random("cambium-bench")
  const rows = source.fork("substrate").normals(vocabulary * width).map((value) => value / Math.sqrt(width))
  return { ...initGpt(gptConfigOf(spec), source), substrate: ndarray("f32", [vocabulary, width], rows) }
}

/** `input` and `target`, i32 [batchCount, rows, context]: skewed tokens and a successor that can be learnt, so the loss falls. */
export const batches = ({ rows, context, vocabulary }: GptSpec): Tensors => {
  const shape = [batchCount, rows, context]
  const source = random("cambium-bench/tokens")
  const input = Int32Array.from({ length: sizeOf(shape) }, (_, i) => Math.floor(source.uniform(i) ** 3 * vocabulary))
  return { input: ndarray("i32", shape, input), target: ndarray("i32", shape, input.map((token) => (token * 7 + 3) % vocabulary)) }
}

/** The factors `a` and `b` of a product, f32 [extent, extent]. */
export const factors = ({ extent }: ProductSpec): Tensors => {
  const one = (name: string) => ndarray("f32", [extent, extent], random(`cambium-bench/${name}`).normals(extent * extent))
  return { a: one("a"), b: one("b") }
}

/** `image` f32 [batchCount, rows, channels, extent, extent] and `label` i32 [batchCount, rows]: noise, brighter by class, so the loss falls. */
export const imageBatches = ({ channels, extent, classes, rows }: CnnSpec): Tensors => {
  const source = random("cambium-bench/images")
  const each = channels * extent ** 2
  const label = Int32Array.from({ length: batchCount * rows }, (_, i) => source.below(i, classes))
  const image = source.fork("noise").normals(batchCount * rows * each).map((value, at) => value + (label[Math.floor(at / each)] ?? 0) / classes)
  return { image: ndarray("f32", [batchCount, rows, channels, extent, extent], image), label: ndarray("i32", [batchCount, rows], label) }
}

/** File name -> tensors of a workload. */
const filesOf = (spec: Spec): { readonly [file: string]: Tensors } => {
  if (spec.task === "product") return { "factors.safetensors": factors(spec) }
  if (isCnn(spec)) {
    return { "weights.safetensors": initResnet(spec, random("cambium-bench")).weights, "batches.safetensors": imageBatches(spec) }
  }
  return { "weights.safetensors": initialWeights(spec), "batches.safetensors": batches(spec) }
}

/** Writes `spec.json` and the tensors that its peers read into `folder`. */
export const writeWorkload = async (folder: string, spec: Spec): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "spec.json"), JSON.stringify(spec, null, 2))
  for (const [file, tensors] of Object.entries(filesOf(spec))) await writeFile(join(folder, file), encodeSafetensors({ tensors, metadata: {} }))
  if (spec.task === "score" || spec.task === "decode") await writeOnnx(join(folder, "model"), spec)
}

/** The workload's program as a model that transformers.js opens: `onnx/model.onnx`, and a `config.json` of a kind whose inputs it passes on as they are. */
const writeOnnx = async (folder: string, spec: GptSpec): Promise<void> => {
  const model = initialWeights(spec)
  const program = spec.task === "score" ? scoreProgram(spec, model) : decodeProgram(spec, model)
  const about = { version: "bench", description: `Benchmark workload ${spec.workload}`, metadata: {} }
  await mkdir(join(folder, "onnx"), { recursive: true })
  await writeFile(join(folder, "onnx", "model.onnx"), exportProgram(program, { constants: model, ...about }))
  await writeFile(join(folder, "config.json"), JSON.stringify({ model_type: "bert" }))
}
