/**
 * What is measured: the sizes of the benchmark's GPT and the numbers of its training step. Every peer reads the same
 * `spec.json`, so this is the one place where they are chosen. Not here: how a peer computes the step.
 */
import type { GptConfig } from "../../src/nn/gpt.ts"

/** One workload: a decoder of `blocks` pre-norm blocks on a frozen substrate [vocabulary, width], and its optimiser. */
export interface Spec {
  readonly size: SizeName
  readonly blocks: number
  readonly width: number
  readonly heads: number
  readonly vocabulary: number
  /** Sequences a step. */
  readonly rows: number
  /** Tokens a sequence. */
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

export type SizeName = "0.8M" | "5M"

export const sizeNames: readonly SizeName[] = ["0.8M", "5M"]

const shapes: Readonly<Record<SizeName, Pick<Spec, "blocks" | "width" | "heads" | "vocabulary">>> = {
  "0.8M": { blocks: 4, width: 128, heads: 4, vocabulary: 256 },
  "5M": { blocks: 6, width: 256, heads: 8, vocabulary: 1024 },
}

/** The workload of a size: 1,024 tokens a step. */
export const specOf = (size: SizeName, threads: number): Spec => ({
  size,
  ...shapes[size],
  rows: 8,
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
export const gptConfigOf = ({ blocks, width, heads, vocabulary }: Spec): GptConfig => ({ blocks, width, heads, vocabulary, substrateWidth: width })

/**
 * Floating-point operations of the matrix products of one step (a product and its two gradients, a multiply-add counted as
 * two; attention over all pairs, masked ones too). What is left to elementwise work is not in it.
 */
export const productFlops = ({ blocks, width, vocabulary, rows, context }: Spec): number => {
  const tokens = rows * context
  const linear = 2 * tokens * (12 * width ** 2 * blocks + width * vocabulary)
  const attention = 4 * tokens * context * width * blocks
  return 3 * (linear + attention)
}
