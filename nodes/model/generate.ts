/**
 * Text from a model, or from several composed by the weighted mean of their logits, token by token. Prompts run side by
 * side; number `step * prompts + prompt` of the node's random stream decides each token.
 */
import {
  add, assert, defineKind, gather, input, integer, makeProgram, many, mul, must, ndarray, one, real, reshape, scalar, withProgram,
  type Expr, type Program, type Tensors,
} from "#src"
import { model, type Model } from "../port/model.ts"
import { substrate, type Substrate } from "../port/substrate.ts"
import { shares } from "../port/shares.ts"
import { idsOf, tokens, type Tokens } from "../port/tokens.ts"
import { draw } from "./draw.ts"
import { requireFit } from "./fit.ts"
import { modelInputs } from "./forward.ts"

interface NextToken {
  readonly program: Program
  /** Weights and substrates; the shares are to be added. */
  readonly resident: Tensors
}

/** Logits f32 [prompts, vocabulary] at flat position `at` i32 [prompts] of `tokens` i32 [prompts, length]. */
const nextTokenProgram = (models: readonly Model[], given: Substrate, prompts: number, length: number): NextToken => {
  const ids = input("tokens", [prompts, length], "i32")
  const at = input("at", [prompts], "i32")
  const parts = models.map((each, j) => modelInputs(each, given, `${j}/`))
  const weights = models.map((_, j) => input(`share/${j}`, []))
  const mixed = parts.map(({ logits }, j) => mul(logits(ids), weights[j] as Expr)).reduce((sum, x) => add(sum, x))
  const vocabulary = must(mixed.shape[2], "vocabulary")
  const outputs = { logits: gather(reshape(mixed, [prompts * length, vocabulary]), at) }
  const inputs = [ids, at, ...weights, ...parts.flatMap(({ expressions }) => Object.values(expressions))]
  return { program: makeProgram({ inputs, outputs }), resident: Object.assign({}, ...parts.map(({ values }) => values)) as Tensors }
}

/** The last `length` tokens of each sequence, left-aligned, and where each one's last token lies. */
const pack = (sequences: readonly (readonly number[])[], length: number): Tensors => {
  const ids = new Int32Array(sequences.length * length)
  const at = sequences.map((sequence, row) => {
    const tail = sequence.slice(-length)
    ids.set(tail, row * length)
    return row * length + tail.length - 1
  })
  return { tokens: ndarray("i32", [sequences.length, length], ids), at: ndarray("i32", [sequences.length], Int32Array.from(at)) }
}

const continuations = ({ meta, tensors }: Tokens, written: readonly (readonly number[])[]): Tokens => {
  const ids = Int32Array.from(written.flat())
  const starts = Int32Array.from([0, ...written.map((_, d) => written.slice(0, d + 1).reduce((n, one) => n + one.length, 0))])
  return {
    meta: { ...meta, unknown: 0 },
    tensors: {
      ids: ndarray("i32", [ids.length], ids),
      starts: ndarray("i32", [starts.length], starts),
      locale: must(tensors["locale"], "tokens.locale"),
      // What a token stands for is the tokenizer's business; continuations have no original text.
      characters: ndarray("i32", [ids.length], new Int32Array(ids.length)),
    },
  }
}

export const generate = defineKind({
  id: "model/generate",
  module: import.meta.url,
  title: "Continue prompts",
  params: {
    length: integer({ min: 1, max: 100_000, default: 48, doc: "Tokens to write after each prompt" }),
    temperature: real({ min: 0, max: 10, default: 0.7, doc: "Softmax temperature; 0 takes the likeliest token" }),
    top: integer({ min: 0, max: 1_000_000, default: 50, doc: "Draw among this many likeliest tokens; 0 for all" }),
    weight: real({ min: 0, max: 1, default: 0.5, doc: "Share of the first model; the others share the rest equally" }),
  },
  inputs: { models: many(model), substrate: one(substrate), prompts: one(tokens) },
  outputs: { tokens },
  seeded: true,
  onDevice: true,
  run: async ({ models, substrate: given, prompts }, { length, temperature, top, weight }, context) => {
    models.forEach((each) => requireFit(each, given, prompts))
    const window = Math.min(...models.map(({ meta }) => meta.context))
    const starts = prompts.meta.documents.map((_, d) => [...idsOf(prompts, d)])
    const { program, resident } = nextTokenProgram(models, given, starts.length, window)
    const mixed = Object.fromEntries(shares(weight, models.length).map((share, j) => [`share/${j}`, scalar("f32", share)]))
    const written: number[][] = starts.map(() => [])
    await withProgram(await context.device(), program, { ...resident, ...mixed }, async (bound) => {
      for (let step = 0; step < length; step++) {
        context.signal.throwIfAborted()
        const sequences = starts.map((start, p) => [prompts.meta.bos, ...start, ...(written[p] as number[])])
        const { logits } = await bound.run(pack(sequences, window))
        assert(logits !== undefined && logits.dtype === "f32", "logits")
        const vocabulary = logits.data.length / starts.length
        written.forEach((ids, p) => {
          const row = logits.data.subarray(p * vocabulary, (p + 1) * vocabulary) as Float32Array
          ids.push(draw(row, { temperature, top, u: context.random.uniform(step * starts.length + p) }))
        })
        context.progress({ done: step + 1, total: length, unit: "tokens" })
      }
    })
    return { tokens: continuations(prompts, written) }
  },
})
