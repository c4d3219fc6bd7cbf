/**
 * Text from a model, or from several composed, token by token. Prompts run side by side; number `step * prompts + prompt` of
 * the node's random stream decides each token.
 */
import { assert, choice, defineKind, integer, many, must, ndarray, one, real, scalar, withProgram, zeros, type Tensors } from "#src"
import { rules, shares, type Rule } from "../port/composition.ts"
import { requireFit, requireVocabulary } from "../port/fit.ts"
import { model } from "../port/model.ts"
import { substrate } from "../port/substrate.ts"
import { idsOf, layOut, tokens, type Tokens } from "../port/tokens.ts"
import { draw } from "./draw.ts"
import { nextToken, shareOf } from "./next-token.ts"

/** The last `length` tokens of each sequence, left-aligned, and what else the program wants to know of them. */
const pack = (sequences: readonly (readonly number[])[], length: number, rule: Rule): Tensors => {
  const rows = sequences.length
  const ids = new Int32Array(rows * length)
  const at = new Int32Array(rows)
  const seen = new Float32Array(rows * (length - 1))
  sequences.forEach((sequence, row) => {
    const tail = sequence.slice(-length)
    ids.set(tail, row * length)
    at[row] = row * length + tail.length - 1
    seen.fill(1, row * (length - 1), row * (length - 1) + tail.length - 1)
  })
  const evidence: Tensors = rule === "posterior" ? { seen: ndarray("f32", [rows, length - 1], seen) } : {}
  return { tokens: ndarray("i32", [rows, length], ids), at: ndarray("i32", [rows], at), ...evidence }
}

const continuations = ({ meta, tensors }: Tokens, written: readonly (readonly number[])[]): Tokens => {
  const { ids, starts } = layOut(written)
  return {
    meta: { ...meta, unknown: 0 },
    tensors: {
      ids,
      starts,
      locale: must(tensors["locale"], "tokens.locale"),
      // What a token stands for is the tokenizer's business; continuations have no original text.
      characters: zeros("i32", ids.shape),
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
    rule: choice(rules, { default: "logit-mean", doc: "How several models are composed" }),
    weight: real({ min: 0, max: 1, default: 0.5, doc: "Share of the first model; the others share the rest equally" }),
  },
  inputs: { models: many(model), substrate: one(substrate), prompts: one(tokens) },
  outputs: { tokens },
  seeded: true,
  onDevice: true,
  run: async ({ models, substrate: given, prompts }, { length, temperature, top, rule, weight }, context) => {
    for (const each of models) {
      requireFit(each, given)
      requireVocabulary(each, prompts)
    }
    const window = Math.min(...models.map(({ meta }) => meta.context))
    const starts = prompts.meta.documents.map((_, d) => [...idsOf(prompts, d)])
    const { program, resident } = nextToken(models, given, rule, starts.length, window)
    const mixed = Object.fromEntries(shares(weight, models.length).map((share, j) => [`share/${j}`, scalar("f32", shareOf(rule, share))]))
    const written: number[][] = starts.map(() => [])
    await withProgram(await context.device(), program, { ...resident, ...mixed }, async (bound) => {
      for (let step = 0; step < length; step++) {
        context.signal.throwIfAborted()
        const sequences = starts.map((start, p) => [prompts.meta.bos, ...start, ...(written[p] as number[])])
        const { logits } = await bound.run(pack(sequences, window, rule))
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
