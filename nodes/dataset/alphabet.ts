/** Tokens that a model has seen often: what the sequences of probes are made of, so that they measure recall, not vocabulary. */
import { must, NodeFailure } from "#src"
import { idsOf, type Tokens } from "../port/tokens.ts"

/** Documents of a language (of all, if it is empty), as token ids. Fails when there are none. */
export const documentsOf = (tokens: Tokens, locale: string): readonly Int32Array[] => {
  const of = must(tokens.tensors["locale"], "tokens.locale").data
  const found = tokens.meta.documents.flatMap((_, d) => (locale === "" || tokens.meta.locales[of[d] as number] === locale ? [idsOf(tokens, d)] : []))
  if (found.length === 0) throw new NodeFailure(`there is no text in ${locale || "any language"}; the languages are ${tokens.meta.locales.join(", ")}`, { param: "locale" })
  return found
}

/** The `size` most frequent tokens, the lower id first where they are even. Fails when the text has fewer. */
export const alphabetOf = (documents: readonly Int32Array[], size: number): readonly number[] => {
  const counts = new Map<number, number>()
  for (const ids of documents) for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  if (counts.size < size) throw new NodeFailure(`the text has ${counts.size} different tokens, fewer than ${size}`, { param: "alphabet" })
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b).slice(0, size).map(([id]) => id)
}

/** `n` different ones of `from`, in random order (Fisher and Yates); `draw(k)` is uniform below k. */
export const someOf = (from: readonly number[], n: number, draw: (below: number) => number): readonly number[] => {
  const rest = [...from]
  return Array.from({ length: n }, () => {
    const at = draw(rest.length)
    const taken = rest[at] as number
    rest[at] = rest[rest.length - 1] as number
    rest.pop()
    return taken
  })
}
