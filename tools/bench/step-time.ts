/**
 * Where the time of a step goes, by onnxruntime's own profile:
 *
 *     node --import tsx tools/bench/step-time.ts [train-20M score-5M ...]
 *
 * Each node counts at its fastest of several runs, so that the sum is a step that nothing disturbs. The profiler's own part is in it,
 * some microseconds a node: where nodes are many and small, a step is faster than the sum.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../src/base/assert.ts"
import { zeros, type NdArray, type Shape, type Tensors } from "../../src/base/ndarray.ts"
import { blockOf } from "../../src/device/onnx/blocked/block.ts"
import { withConstants } from "../../src/device/onnx/constants.ts"
import { inputName, lowerProgram, outputName } from "../../src/device/onnx/encode.ts"
import { encodeModel } from "../../src/device/onnx/proto.ts"
import { importRuntime, loadRuntime, type OrtRuntime } from "../../src/device/onnx/runtime.ts"
import { sessionOptions } from "../../src/device/onnx/session-options.ts"
import { adamwScalars } from "../../src/nn/adamw.ts"
import { initMoments } from "../../src/nn/training-step.ts"
import { gptSpecOf, productFlops, type GptSpec, type GptWorkload } from "./spec.ts"
import { adamwOf, scoreProgram, trainProgram } from "./tasks/gpt.ts"
import { batchOf } from "./tasks/task.ts"
import { batches, initialWeights } from "./workload.ts"

const threads = 2
/** Of a step: enough for each node to have been undisturbed once. */
const runsOf = ({ task }: GptSpec): number => (task === "train" ? 16 : 100)

/** One run of one node. */
interface NodeRun {
  readonly node: string
  readonly op: string
  readonly us: number
  readonly operands: readonly Shape[]
  readonly result: Shape
}

/** An event of the profile, of those that are told of kernels. */
interface KernelEvent {
  readonly cat: string
  readonly name: string
  readonly ts: number
  readonly dur: number
  readonly args: { readonly op_name: string; readonly node_index: string; readonly input_type_shape: readonly TypedShape[]; readonly output_type_shape: readonly TypedShape[] }
}

type TypedShape = Readonly<Record<string, Shape>>

const shapeOf = (typed: TypedShape | undefined): Shape => Object.values(typed ?? {})[0] ?? []

/** The runs of nodes that a profile tells of, without those of the first step, in which memory is laid out. */
export const nodeRuns = (profile: string): readonly NodeRun[] => {
  const events = JSON.parse(profile) as readonly KernelEvent[]
  const second = must(events.filter(({ name }) => name === "model_run")[1], "a second run").ts
  return events
    .filter(({ cat, name, ts }) => cat === "Node" && name.endsWith("_kernel_time") && ts >= second)
    .map(({ dur, args }) => ({ node: args.node_index, op: args.op_name, us: dur, operands: args.input_type_shape.map(shapeOf), result: shapeOf(args.output_type_shape[0]) }))
}

/** Of each node its fastest run. */
export const fastestRuns = (all: readonly NodeRun[]): readonly NodeRun[] => {
  const best = new Map<string, NodeRun>()
  for (const run of all) if (run.us < (best.get(run.node)?.us ?? Infinity)) best.set(run.node, run)
  return [...best.values()]
}

/** Between matrices; sums over rows are products of a single row. */
const isProduct = ({ op, operands }: NodeRun): boolean => ["MatMul", "Gemm", "FusedMatMul"].includes(op) && (operands[0]?.at(-2) ?? 1) > 1

/** What a node is for, told by what it gives: values of a token have its axes before theirs. */
const purposeOf = ({ task, width, vocabulary }: GptSpec, run: NodeRun): string => {
  const { op, result } = run
  if (op === "Attention") return "attention"
  if (isProduct(run)) return result.length === 4 ? "products of attention" : "products with weights"
  if (result.length === 4) return "heads, masks and shares of attention"
  if (result.length === 3 && result[2] === 4 * width) return "the activation of the MLP"
  if (result.length === 3 && result[2] === vocabulary) return "the loss"
  return result.length === 3 || task !== "train" ? "norms and the residual stream" : "sums of gradients, clipping and AdamW"
}

/** What the profiler tells of a workload's runs, all of them from the first state. */
const profileOf = async (runtime: OrtRuntime, spec: GptSpec): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "cambium-step-"))
  const { substrate, ...weights } = initialWeights(spec)
  const table = { substrate: must(substrate, "substrate") }
  const trains = spec.task === "train"
  const [program, constants] = trains ? [trainProgram(spec, weights, table), table] : [scoreProgram(spec, { ...weights, ...table }), { ...weights, ...table }]
  const { model, externalData } = withConstants(lowerProgram(program, { threads, block: await blockOf(runtime) }), constants)
  const options = { ...sessionOptions(threads), externalData, enableProfiling: true, profileFilePrefix: join(folder, "profile") }
  const session = await runtime.createSession(encodeModel(model), options)
  const { input, target } = batches(spec)
  const given: Tensors = { tokens: batchOf(input, 0), targets: batchOf(target, 0), ...(trains ? { ...weights, ...initMoments(weights), ...adamwScalars(adamwOf(spec), spec.rate, 1) } : {}) }
  const tensors = (names: readonly string[], rename: (name: string) => string, of: (name: string) => NdArray) =>
    Object.fromEntries(names.map((name) => [rename(name), runtime.tensor(of(name))]))
  const feeds = tensors(Object.keys(given), inputName, (name) => must(given[name], name))
  const fetches = tensors(Object.keys(program.outputs), outputName, (name) => zeros("f32", must(program.steps[must(program.outputs[name], name)], name).shape))
  try {
    for (let i = 0; i < runsOf(spec); i++) await session.run(feeds, { ...fetches })
    // It writes the profile when it ends.
    await session.release()
    const [file] = await readdir(folder)
    return await readFile(join(folder, must(file, "a profile")), "utf8")
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The table as Markdown: milliseconds of a step by purpose, and the rate of its products. */
export const stepTable = (spec: GptSpec, fastest: readonly NodeRun[]): string => {
  const rows = new Map<string, { nodes: number; ms: number }>()
  for (const run of fastest) {
    const purpose = purposeOf(spec, run)
    const { nodes, ms } = rows.get(purpose) ?? { nodes: 0, ms: 0 }
    rows.set(purpose, { nodes: nodes + 1, ms: ms + run.us / 1000 })
  }
  const products = fastest.filter((run) => isProduct(run) || run.op === "Attention").reduce((ms, { us }) => ms + us / 1000, 0)
  const total = [...rows.values()].reduce((sum, { ms }) => sum + ms, 0)
  return [
    `| ${spec.workload} | nodes | ms |`,
    "| --- | ---: | ---: |",
    ...[...rows].sort(([, a], [, b]) => b.ms - a.ms).map(([purpose, { nodes, ms }]) => `| ${purpose} | ${nodes} | ${ms.toFixed(1)} |`),
    `| all | ${fastest.length} | ${total.toFixed(1)} |`,
    "",
    `Products: ${(productFlops(spec) / products / 1e6).toFixed(0)} GFLOP/s.`,
  ].join("\n")
}

const main = async (words: readonly string[]): Promise<void> => {
  const runtime = await loadRuntime(importRuntime)
  if (E.isLeft(runtime)) throw new Error(runtime.left.reason)
  for (const workload of words.length > 0 ? words : ["train-20M", "score-5M"]) {
    const spec = gptSpecOf(workload as GptWorkload, threads)
    process.stdout.write(`${stepTable(spec, fastestRuns(nodeRuns(await profileOf(runtime.right, spec))))}\n\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
