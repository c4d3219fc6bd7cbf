/**
 * The tokenizer of a merged model. Tokens of `from` keep their rows. For a union, tokens that only other models have follow, model by
 * model in the order they are listed, each model's in the order of its own rows; BPE's pairs follow the same way, so that what `from`
 * joins, the union joins first. SPEC F10.
 */
import type { AddedToken, TokenizerFile } from "./tokenizer-file.ts"

export interface OutputTokenizer {
  readonly ids: ReadonlyMap<string, number>
  /** `tokenizer.json`. */
  readonly json: { readonly [key: string]: unknown }
  /** Tokens that `from` has not. */
  readonly isLarger: boolean
  readonly added: readonly AddedToken[]
}

/**
 * @param others whose tokens are wanted too: the other models' for a union, else none
 * @param extra tokens that the configuration names; those that nobody has become added tokens
 */
export const outputTokenizer = (from: TokenizerFile, others: readonly TokenizerFile[], extra: readonly string[]): OutputTokenizer => {
  const ids = new Map(from.ids)
  let next = 1 + largest(ids.values())
  const own: (readonly [token: string, id: number, score: number])[] = []
  const added: AddedToken[] = []
  for (const other of others) {
    const settings = new Map(other.added.map((token) => [token.content, token]))
    for (const [token] of [...other.ids].sort(([, a], [, b]) => a - b)) {
      if (ids.has(token)) continue
      ids.set(token, next)
      const as = settings.get(token)
      if (as === undefined) own.push([token, next, other.scores.get(token) ?? 0])
      else added.push({ ...as, id: next })
      next++
    }
  }
  for (const content of extra) {
    if (ids.has(content)) continue
    ids.set(content, next)
    added.push({ id: next++, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false })
  }
  const isLarger = own.length + added.length > 0
  return { ids, isLarger, added, json: isLarger ? larger(from, others, own, added, ids) : from.json }
}

/** -1 of none. Spreading a vocabulary into `Math.max` would be too many arguments. */
export const largest = (values: Iterable<number>): number => {
  let most = -1
  for (const value of values) most = Math.max(most, value)
  return most
}

const larger = (from: TokenizerFile, others: readonly TokenizerFile[], own: readonly (readonly [string, number, number])[], added: readonly AddedToken[], ids: ReadonlyMap<string, number>): OutputTokenizer["json"] => {
  const model = from.json["model"] as { readonly [key: string]: unknown }
  const known = new Set(from.merges.map((pair) => pair.join(" ")))
  const merges = others.flatMap((other) => other.merges).filter(([a, b]) => !known.has(`${a} ${b}`) && known.add(`${a} ${b}`) && [a, b, a + b].every((token) => ids.has(token)))
  const asText = typeof (model["merges"] as readonly unknown[] | undefined)?.[0] === "string"
  const more = from.type === "BPE" ? { merges: [...((model["merges"] as readonly unknown[] | undefined) ?? []), ...merges.map((pair) => (asText ? pair.join(" ") : pair))] } : {}
  return {
    ...from.json,
    added_tokens: [...((from.json["added_tokens"] as readonly unknown[] | undefined) ?? []), ...added],
    model: { ...model, vocab: largerVocab(model["vocab"], own, ids), ...more },
  }
}

/** Ids of a list are places in it: rows of added tokens between them are held by their tokens, never chosen. */
const largerVocab = (vocab: unknown, own: readonly (readonly [string, number, number])[], ids: ReadonlyMap<string, number>): unknown => {
  if (!Array.isArray(vocab)) return { ...(vocab as object), ...Object.fromEntries(own) }
  if (own.length === 0) return vocab
  const tokens = new Map([...ids].map(([token, id]) => [id, token]))
  const scores = new Map(own.map(([, id, score]) => [id, score]))
  const last = largest(scores.keys())
  return [...(vocab as readonly unknown[]), ...Array.from({ length: last + 1 - vocab.length }, (_, i) => [tokens.get(vocab.length + i) ?? "", scores.get(vocab.length + i) ?? -1e4])]
}
