/** Questions to tokens: prompt and option are encoded apart, so an option has the same tokens behind every prompt. */
import { defineKind, ndarray, NodeFailure, one } from "#src"
import { options } from "../port/options.ts"
import { questions } from "../port/questions.ts"
import { tokenizer as tokenizerPort } from "../port/tokenizer.ts"
import { layOut } from "../port/tokens.ts"
import { codecOf } from "./codec.ts"
import { startId } from "./special-tokens.ts"

export const encodeQuestions = defineKind({
  id: "tokenizer/encode-questions",
  module: import.meta.url,
  title: "Questions to tokens",
  params: {},
  inputs: { tokenizer: one(tokenizerPort), questions: one(questions) },
  outputs: { options },
  run: ({ tokenizer, questions: { title, questions: given } }) => {
    const codec = codecOf(tokenizer)
    const subjects = [...new Set(given.map(({ subject }) => subject))]
    const sequences = given.flatMap(({ id, prompt, options: texts }, question) => {
      const before = codec.encode(prompt)
      return texts.map((text) => {
        const ids = codec.encode(text)
        if (ids.length === 0) throw new NodeFailure(`question ${id} has an option without text`)
        return { ids: [...before, ...ids], prompt: before.length, characters: [...text].length, question }
      })
    })
    const vector = (of: readonly number[]) => ndarray("i32", [of.length], Int32Array.from(of))
    const guess = (of: readonly { readonly options: readonly string[] }[]): number => of.reduce((sum, { options: texts }) => sum + 1 / texts.length, 0) / of.length
    const chance = subjects.reduce((sum, name) => sum + guess(given.filter(({ subject }) => subject === name)), 0) / subjects.length
    return {
      options: {
        meta: { title, subjects, chance, vocabulary: codec.characters.length, bos: startId },
        tensors: {
          ...layOut(sequences.map(({ ids }) => ids)),
          prompt: vector(sequences.map((of) => of.prompt)),
          characters: vector(sequences.map((of) => of.characters)),
          question: vector(sequences.map((of) => of.question)),
          answer: vector(given.map(({ answer }) => answer)),
          subject: vector(given.map(({ subject }) => subjects.indexOf(subject))),
        },
      },
    }
  },
})
