/**
 * Weights of a composition, learned on text that the experts have not to be measured on. Both losses are convex in the weights, and no
 * step is taken that does not lower the loss, so on that text the weights are never worse than equal ones.
 *
 * - `logit-mean`: Newton's method; the weights are free, their sum acts as an inverse temperature;
 * - `probability-mean`: expectation maximisation (Dempster, Laird and Rubin, 1977); the weights are a distribution.
 */
import { choice, defineKind, integer, many, must, ndarray, scalar, stream, tablePort, withProgram, type NdArray, type RunContext } from "#src"
import { chunkRows, logits } from "../port/logits.ts"
import { weights as weightsPort } from "../port/weights.ts"
import { checked, rowsAt, tensor, type Chunk } from "./experts.ts"
import { newtonWeights, type LossAt } from "./newton-weights.ts"
import { emWeights } from "./em-weights.ts"
import { weightStepProgram } from "./weight-step.ts"

/** Mean loss in nats with its derivatives, at weights that are given. */
const lossAt = async (chunks: readonly Chunk[], context: RunContext, use: (at: LossAt) => Promise<readonly number[]>): Promise<readonly number[]> => {
  const first = must(chunks[0], "chunk")
  const vocabulary = must(tensor(must(first[0], "expert"), "logits").shape[1], "vocabulary")
  const tokens = chunks.reduce((n, chunk) => n + tensor(must(chunk[0], "expert"), "target").data.length, 0)
  const program = weightStepProgram(first.length, chunkRows, vocabulary)
  return withProgram(await context.device(), program, {}, (bound) =>
    use(async (weights) => {
      const n = weights.length
      const at = { loss: 0, gradient: new Float64Array(n), hessian: new Float64Array(n * n) }
      for (const chunk of chunks) {
        context.signal.throwIfAborted()
        const out = await bound.run({ ...rowsOf(chunk), ...Object.fromEntries(weights.map((w, j) => [`weight/${j}`, scalar("f32", w)])) })
        const column = (name: string): NdArray => must(out[name], name)
        at.loss += (column("loss").data[0] as number) / tokens
        column("gradient").data.forEach((x, i) => (at.gradient[i] = (at.gradient[i] as number) + x / tokens))
        column("hessian").data.forEach((x, i) => (at.hessian[i] = (at.hessian[i] as number) + x / tokens))
      }
      return at
    }),
  )
}

const rowsOf = (chunk: Chunk): { readonly [name: string]: NdArray } => {
  const target = tensor(must(chunk[0], "expert"), "target")
  return {
    ...Object.fromEntries(chunk.map((expert, j) => [`logits/${j}`, rowsAt(tensor(expert, "logits"), 0, chunkRows)])),
    target: rowsAt(target, 0, chunkRows),
    counts: ndarray("f32", [chunkRows], new Float32Array(chunkRows).fill(1, 0, target.data.length)),
  }
}

const chosen = (chunks: readonly Chunk[], j: number): Float32Array => {
  const parts = chunks.map((chunk) => tensor(must(chunk[j], "expert"), "logp").data as Float32Array)
  return Float32Array.from(parts.flatMap((part) => [...part]))
}

export const learnWeights = defineKind({
  id: "merger/learn-weights",
  module: import.meta.url,
  title: "Learn the weights of a composition",
  params: {
    rule: choice(["logit-mean", "probability-mean"], { default: "logit-mean", doc: "What the weights are for" }),
    iterations: integer({ min: 1, max: 1000, default: 20, doc: "At most; it ends earlier where nothing gets better" }),
  },
  inputs: { experts: many(stream(logits)) },
  outputs: { weights: weightsPort, table: tablePort },
  onDevice: true,
  run: async ({ experts }, { rule, iterations }, context) => {
    const chunks: Chunk[] = []
    for await (const chunk of checked(experts.map((of, j) => ({ stream: of, name: `expert ${j + 1}` })))) chunks.push(chunk)
    const uniform = experts.map(() => 1 / experts.length)
    const weights =
      rule === "logit-mean"
        ? await lossAt(chunks, context, (at) => newtonWeights(at, uniform, iterations))
        : emWeights(experts.map((_, j) => chosen(chunks, j)), iterations)
    return {
      weights: { weights },
      table: { title: "Learned weights", columns: ["expert", "weight"], rows: weights.map((w, j) => [`${j + 1}`, Number(w.toPrecision(6))]) },
    }
  },
})
