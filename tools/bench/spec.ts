/**
 * What is measured: the workloads, their sizes and the numbers of their steps. Every peer reads the same `spec.json`, so this
 * is the one place where they are chosen. Not here: how a peer computes a step, and how fast it should be (`bars.ts`).
 */
import type { GptConfig } from "../../src/nn/gpt.ts"

export type GptWorkload = "train-0.8M" | "train-5M" | "train-20M" | "score-5M" | "decode-5M"
type CnnWorkload = "train-cnn" | "score-cnn"
export type WorkloadName = GptWorkload | CnnWorkload | "product"

/** A decoder of `blocks` pre-norm blocks on a frozen substrate [vocabulary, width], and what is done with it. */
export interface GptSpec {
  readonly workload: GptWorkload
  /** `train`: forward, backward, clipping, AdamW. `score`: log-probabilities of the targets. `decode`: one token a step, with a cache. */
  readonly task: "train" | "score" | "decode"
  readonly blocks: number
  readonly width: number
  readonly heads: number
  readonly vocabulary: number
  /** Sequences a step. */
  readonly rows: number
  /** Tokens a sequence; places of the cache. */
  readonly context: number
  readonly threads: number
  readonly ropeBase: number
  readonly normEpsilon: number
  /** AdamW, as in `src/nn/adamw.ts`: decoupled decay of matrices, none of norms and biases. */
  readonly rate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly decay: number
  /** Largest global norm of the gradients. */
  readonly clip: number
}

/** ResNet-20 (`src/nn/resnet.ts`) on images [channels, extent, extent]: training by SGD with Nesterov's momentum, or the loss by running moments. */
export interface CnnSpec {
  readonly workload: CnnWorkload
  readonly task: CnnWorkload
  readonly channels: number
  readonly extent: number
  readonly classes: number
  readonly widths: readonly number[]
  readonly blocks: number
  /** Images a step. */
  readonly rows: number
  readonly threads: number
  readonly rate: number
  readonly momentum: number
}

/** Whether a workload is the ResNet. */
export const isCnn = (spec: Spec): spec is CnnSpec => spec.task === "train-cnn" || spec.task === "score-cnn"

/** The product of two square matrices: the fastest that arithmetic goes on a machine. */
export interface ProductSpec {
  readonly workload: "product"
  readonly task: "product"
  readonly extent: number
  readonly threads: number
}

export type Spec = GptSpec | CnnSpec | ProductSpec

type Size = Pick<GptSpec, "blocks" | "width" | "heads" | "vocabulary">

const small: Size = { blocks: 4, width: 128, heads: 4, vocabulary: 256 }
const medium: Size = { blocks: 6, width: 256, heads: 8, vocabulary: 1024 }
const large: Size = { blocks: 10, width: 384, heads: 6, vocabulary: 6144 }

/** 1,024 tokens a step; `decode` writes one token in one row. */
const gpts: Readonly<Record<GptWorkload, Size & Pick<GptSpec, "task" | "rows">>> = {
  "train-0.8M": { ...small, task: "train", rows: 8 },
  "train-5M": { ...medium, task: "train", rows: 8 },
  "train-20M": { ...large, task: "train", rows: 8 },
  "score-5M": { ...medium, task: "score", rows: 8 },
  "decode-5M": { ...medium, task: "decode", rows: 1 },
}

export const workloadNames: readonly WorkloadName[] = [...(Object.keys(gpts) as GptWorkload[]), "train-cnn", "score-cnn", "product"]

/** What a step is, in words. */
export const describeTask: Readonly<Record<Spec["task"], string>> = {
  train: "GPT training step: forward, backward, clip, AdamW; 1,024 tokens",
  score: "GPT scoring: log-probabilities of 1,024 tokens",
  decode: "GPT decoding: one token, a cache of up to 128",
  "train-cnn": "ResNet-20 training step: forward, backward, SGD; 128 images of 32 x 32",
  "score-cnn": "ResNet-20 scoring: mean loss of 128 images of 32 x 32, by running moments",
  product: "product of two square matrices of 2,048 rows",
}

export const specOf = (workload: WorkloadName, threads: number): Spec =>
  workload === "product"
    ? { workload, task: "product", extent: 2048, threads }
    : workload === "train-cnn" || workload === "score-cnn"
      ? { ...cnn, workload, task: workload, threads }
      : gptSpecOf(workload, threads)

const cnn: Omit<CnnSpec, "workload" | "task" | "threads"> = {
  channels: 3,
  extent: 32,
  classes: 10,
  widths: [16, 32, 64],
  blocks: 3,
  rows: 128,
  rate: 0.01,
  momentum: 0.9,
}

export const gptSpecOf = (workload: GptWorkload, threads: number): GptSpec => ({
  workload,
  ...gpts[workload],
  context: 128,
  threads,
  ropeBase: 10_000,
  normEpsilon: 1e-5,
  rate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  decay: 0.1,
  clip: 1,
})

/** The model of a workload as this project's `nn` takes it. */
export const gptConfigOf = ({ blocks, width, heads, vocabulary }: GptSpec): GptConfig => ({ blocks, width, heads, vocabulary, substrateWidth: width })

/**
 * Floating-point operations of the matrix products of one step, a multiply-add counted as two; attention over all pairs, masked
 * ones and empty places of a cache too. Training does each product three times: forward, and once for each of its two gradients.
 * What is left to elementwise work is not in it.
 */
export const productFlops = (spec: Spec): number => {
  if (spec.task === "product") return 2 * spec.extent ** 3
  if (isCnn(spec)) return (spec.task === "train-cnn" ? 3 : 1) * cnnProducts(spec)
  const { task, blocks, width, vocabulary, rows, context } = spec
  const tokens = task === "decode" ? rows : rows * context
  const linear = 2 * tokens * (12 * width ** 2 * blocks + width * vocabulary)
  const attention = 4 * tokens * context * width * blocks
  return (task === "train" ? 3 : 1) * (linear + attention)
}

/** The forward pass's convolutions and head, a multiply-add counted as two. */
const cnnProducts = ({ channels, extent, classes, widths, blocks, rows }: CnnSpec): number => {
  const convolution = (inner: number, outer: number, side: number) => 2 * 9 * inner * outer * side ** 2
  const stages = widths.map((width, s) => {
    const side = extent / 2 ** s
    return convolution(widths[s - 1] ?? width, width, side) + (2 * blocks - 1) * convolution(width, width, side)
  })
  const last = widths.at(-1) ?? 0
  return rows * (convolution(channels, widths[0] ?? 0, extent) + stages.reduce((sum, flops) => sum + flops, 0) + 2 * last * classes)
}
