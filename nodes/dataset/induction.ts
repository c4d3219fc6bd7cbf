/**
 * The induction probe (Olsson et al., In-context Learning and Induction Heads, 2022): a string of random tokens, twice. What
 * follows a token in the second half is what followed it in the first, which takes two layers of attention to find. All tokens
 * of a string differ, and the first of the repetition, which nothing tells, is not scored.
 *
 * Chance is 1 / length: of a model that knows which tokens the string has, and nothing of their order.
 */
import { defineKind, integer, NodeFailure, one, text } from "#src"
import { makeProbe, probe } from "../port/probe.ts"
import { tokens } from "../port/tokens.ts"
import { alphabetOf, documentsOf, someOf } from "./alphabet.ts"

export const inductionProbe = defineKind({
  id: "dataset/induction",
  module: import.meta.url,
  title: "Induction probe",
  reference: "https://arxiv.org/abs/2209.11895",
  params: {
    items: integer({ min: 1, max: 1_000_000, default: 2048, doc: "Strings" }),
    length: integer({ min: 2, max: 10_000, default: 24, doc: "Tokens of a string, before it is repeated" }),
    alphabet: integer({ min: 2, max: 100_000, default: 96, doc: "Frequent tokens that strings are made of" }),
    locale: text({ default: "", doc: "Language they are from; empty for all" }),
  },
  inputs: { tokens: one(tokens) },
  outputs: { probe },
  seeded: true,
  run: ({ tokens: given }, { items, length, alphabet, locale }, { random }) => {
    if (length > alphabet) throw new NodeFailure(`a string of ${length} different tokens cannot be made of ${alphabet}`, { param: "length" })
    const letters = alphabetOf(documentsOf(given, locale), alphabet)
    const made = Array.from({ length: items }, (_, i) => {
      let at = i * length
      const string = someOf(letters, length, (below) => random.below(at++, below))
      return { ids: [...string, ...string], scored: string.slice(1).map((_, k) => length + 1 + k) }
    })
    return { probe: makeProbe({ title: "Induction", chance: 1 / length, vocabulary: given.meta.vocabulary, bos: given.meta.bos }, made) }
  },
})
