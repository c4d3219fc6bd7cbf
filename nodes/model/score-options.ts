/**
 * Multiple-choice questions answered by likelihood: the option with the highest log-probability after the prompt, summed over its tokens,
 * and, so that long options are no worse for their length, the same per character (code point). Never by a letter that is written.
 * Prompts that do not fit are cut at their start. Several models answer in one program, so another one in place of one runs all: their
 * logits kept apart would be larger than they are (512 questions of 4 options of 8 tokens, of 2,048 ids: 134 MB a model).
 */
import { choice, defineKind, input, makeProgram, many, metricPort, must, ndarray, NodeFailure, one, reshape, takeAlong, withProgram, type Tensors } from "#src"
import { requireFit } from "../port/fit.ts"
import { model } from "../port/model.ts"
import { together, togetherLogp } from "../port/network-score.ts"
import { observations } from "../port/observations.ts"
import { options as optionsPort, type Options } from "../port/options.ts"
import { substrate } from "../port/substrate.ts"
import { modelInputs } from "../port/model-inputs.ts"

/** Sequences in one execution. */
const rows = 16

const column = ({ tensors }: Options, name: string): Int32Array => must(tensors[name], `options.${name}`).data as Int32Array

/** The last `length` tokens of sequences `from` and on, what comes before each, and which of them are the option's. */
const pack = (of: Options, from: number, count: number, length: number) => {
  const [ids, starts, prompt] = [column(of, "ids"), column(of, "starts"), column(of, "prompt")]
  const [read, target, counts] = [new Int32Array(rows * length), new Int32Array(rows * length), new Uint8Array(rows * length)]
  for (let row = 0; row < count; row++) {
    const [first, end] = [starts[from + row] as number, starts[from + row + 1] as number]
    const begin = Math.max(first, end - length)
    for (let at = begin; at < end; at++) {
      const place = row * length + at - begin
      read[place] = at === first ? of.meta.bos : (ids[at - 1] as number)
      target[place] = ids[at] as number
      counts[place] = at - first >= (prompt[from + row] as number) ? 1 : 0
    }
  }
  return { given: { input: ndarray("i32", [rows, length], read), target: ndarray("i32", [rows, length], target) }, counts }
}

/** Which option of each question has the highest score; the first of those that are even. */
const chosen = (scores: readonly number[], question: Int32Array, questions: number): readonly number[] => {
  const best: { at: number; score: number }[] = Array.from({ length: questions }, () => ({ at: 0, score: -Infinity }))
  let [last, option] = [-1, 0]
  scores.forEach((score, i) => {
    const q = question[i] as number
    option = q === last ? option + 1 : 0
    last = q
    if (score > must(best[q], "question").score) best[q] = { at: option, score }
  })
  return best.map(({ at }) => at)
}

export const scoreOptions = defineKind({
  id: "model/score-options",
  module: import.meta.url,
  title: "Answers by likelihood",
  params: {
    rule: choice(together, { default: "logit-mean", doc: "How several models answer together" }),
    by: choice(["option", "character"], { default: "character", doc: "Whether claims are about the likelihood of whole options or per character; the metric has both" }),
  },
  inputs: { models: many(model), substrate: one(substrate), options: one(optionsPort) },
  outputs: { metric: metricPort, observations },
  onDevice: true,
  run: async ({ models, substrate: given, options }, { rule, by }, context) => {
    for (const each of models) {
      requireFit(each, given)
      if (each.meta.vocabulary !== options.meta.vocabulary) throw new NodeFailure(`the questions are of a vocabulary of ${options.meta.vocabulary}, the model knows ${each.meta.vocabulary}`)
    }
    const length = Math.min(...models.map(({ meta }) => meta.context))
    const [ids, target] = [input("input", [rows, length], "i32"), input("target", [rows, length], "i32")]
    const parts = models.map((each, j) => modelInputs(each, given, `${j}/`))
    const logp = takeAlong(togetherLogp(parts.map((part) => part.logits(ids)), rule), reshape(target, [rows, length, 1]))
    const program = makeProgram({ inputs: [...parts.flatMap(({ expressions }) => Object.values(expressions)), ids, target], outputs: { logp: reshape(logp, [rows * length]) } })
    const sequences = column(options, "question").length
    const sums: number[] = []
    await withProgram(await context.device(), program, Object.assign({}, ...parts.map(({ values }) => values)) as Tensors, async (bound) => {
      for (let from = 0; from < sequences; from += rows) {
        context.signal.throwIfAborted()
        const count = Math.min(rows, sequences - from)
        const { given: packed, counts } = pack(options, from, count, length)
        const said = must((await bound.run(packed))["logp"], "logp").data
        for (let row = 0; row < count; row++) {
          let sum = 0
          for (let place = row * length; place < (row + 1) * length; place++) if (counts[place] === 1) sum += said[place] as number
          sums.push(sum)
        }
        context.progress({ done: sums.length, total: sequences, unit: "options" })
      }
    })
    const [question, answer, characters] = [column(options, "question"), column(options, "answer"), column(options, "characters")]
    const right = (scores: readonly number[]): readonly number[] => chosen(scores, question, answer.length).map((option, q) => (option === answer[q] ? 1 : 0))
    const [whole, each] = [right(sums), right(sums.map((sum, i) => sum / (characters[i] as number)))]
    const { title, chance, subjects } = options.meta
    const subject = [...column(options, "subject")]
    /** Mean over subjects, as the chance level is. */
    const share = (of: readonly number[]): number =>
      subjects.reduce((sum, _, s) => sum + of.reduce((hits, x, q) => hits + (subject[q] === s ? x : 0), 0) / subject.filter((k) => k === s).length, 0) / subjects.length
    const about = { title, unit: "share of questions", better: "higher" as const }
    return {
      metric: { ...about, values: { "whole option": share(whole), "per character": share(each), chance, questions: answer.length } },
      observations: { ...about, chance, each: "questions", groups: subjects, group: subject, sum: by === "option" ? whole : each, weight: subject.map(() => 1) },
    }
  },
})
