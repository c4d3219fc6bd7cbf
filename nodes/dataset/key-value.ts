/**
 * Key-value recall from a passage: pairs of tokens stand in real text; at its end one of the keys comes again, and the answer is the
 * token that stood behind it. Keys, values and the text around them have no token in common.
 *
 * Chance is 1 / pairs: of a model that knows which tokens were values, and not whose.
 */
import { defineKind, integer, NodeFailure, one, text } from "#src"
import { makeProbe, probe } from "../port/probe.ts"
import { tokens } from "../port/tokens.ts"
import { alphabetOf, documentsOf, someOf } from "./alphabet.ts"

export const keyValueProbe = defineKind({
  id: "dataset/key-value",
  module: import.meta.url,
  title: "Key-value recall probe",
  params: {
    items: integer({ min: 1, max: 1_000_000, default: 2048, doc: "Passages" }),
    pairs: integer({ min: 2, max: 1000, default: 6, doc: "Pairs in a passage" }),
    filler: integer({ min: 0, max: 1000, default: 4, doc: "Tokens of real text before each pair" }),
    alphabet: integer({ min: 2, max: 100_000, default: 96, doc: "Frequent tokens that keys and values are drawn from" }),
    locale: text({ default: "", doc: "Language of the text; empty for all" }),
  },
  inputs: { tokens: one(tokens) },
  outputs: { probe },
  seeded: true,
  run: ({ tokens: given }, { items, pairs, filler, alphabet, locale }, { random }) => {
    const documents = documentsOf(given, locale).filter(({ length }) => length >= filler)
    if (documents.length === 0) throw new NodeFailure(`no document has ${filler} tokens`, { param: "filler" })
    const letters = alphabetOf(documents, alphabet)
    // Random numbers of one passage: two a text, one a key, one a value, one for the question.
    const most = 4 * pairs + 3
    const made = Array.from({ length: items }, (_, i) => {
      let at = i * most
      const draw = (below: number): number => random.below(at++, below)
      const texts = Array.from({ length: pairs + 1 }, () => {
        const document = documents[draw(documents.length)] as Int32Array
        const from = draw(document.length - filler + 1)
        return [...document.subarray(from, from + filler)]
      })
      const free = letters.filter((id) => !texts.some((ids) => ids.includes(id)))
      if (free.length < 2 * pairs) throw new NodeFailure(`beside the text around them only ${free.length} tokens are left for ${pairs} keys and values`, { param: "alphabet" })
      const drawn = someOf(free, 2 * pairs, draw)
      const [keys, values] = [drawn.slice(0, pairs), drawn.slice(pairs)]
      const asked = draw(pairs)
      const pair = (k: number): readonly number[] => [keys[k] as number, values[k] as number]
      const ids = texts.flatMap((of, k) => [...of, ...pair(k < pairs ? k : asked)])
      return { ids, scored: [ids.length - 1] }
    })
    return { probe: makeProbe({ title: "Key-value recall", chance: 1 / pairs, vocabulary: given.meta.vocabulary, bos: given.meta.bos }, made) }
  },
})
