/** A model's `tokenizer.json` (https://huggingface.co/docs/tokenizers), as far as merging vocabularies needs it. */
import { messageOf, type ModelFiles } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { readFileSync } from "node:fs"
import { join } from "node:path"

/** A token of the list `added_tokens`: matched as it is, before the model's own are. */
export interface AddedToken {
  readonly id: number
  readonly content: string
  readonly [setting: string]: unknown
}

export interface TokenizerFile {
  /** `BPE`, `WordPiece`, `WordLevel` or `Unigram`. */
  readonly type: string
  /** Every token, the added ones too, and its row in the embedding. */
  readonly ids: ReadonlyMap<string, number>
  readonly added: readonly AddedToken[]
  /** Pairs of tokens that BPE joins, first things first. */
  readonly merges: readonly (readonly [string, string])[]
  /** Of Unigram: the log probability of each of the model's own tokens. */
  readonly scores: ReadonlyMap<string, number>
  /** All of it. */
  readonly json: { readonly [key: string]: unknown }
}

type Fields = { readonly [key: string]: unknown }

/** Left is what came in place of a tokenizer. */
export const readTokenizer = ({ folder }: Pick<ModelFiles, "folder">): E.Either<string, TokenizerFile> => {
  const file = join(folder, "tokenizer.json")
  try {
    return E.mapLeft((what: string) => `${file}: ${what}`)(parseTokenizer(readFileSync(file, "utf8")))
  } catch (error) {
    return E.left(messageOf(error))
  }
}

export const parseTokenizer = (text: string): E.Either<string, TokenizerFile> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return E.left(messageOf(error))
  }
  const model = isFields(json) && isFields(json["model"]) ? json["model"] : {}
  const own = pairsOf(model["vocab"])
  const added = isFields(json) && Array.isArray(json["added_tokens"]) ? json["added_tokens"].filter(isAdded) : []
  if (!isFields(json) || own === undefined) return E.left("a file without model.vocab")
  const merges = Array.isArray(model["merges"]) ? model["merges"].flatMap((merge) => pairOf(merge) ?? []) : []
  const type = typeof model["type"] === "string" ? model["type"] : Array.isArray(model["vocab"]) ? "Unigram" : merges.length > 0 ? "BPE" : "WordLevel"
  const ids = new Map([...own.map(([token, id]) => [token, id] as const), ...added.map(({ content, id }) => [content, id] as const)])
  return E.right({ type, ids, added, merges, scores: new Map(own.map(([token, , score]) => [token, score])), json })
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value)
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isAdded = (value: unknown): value is AddedToken => isFields(value) && typeof value["content"] === "string" && isId(value["id"])

/** Token, id and score; undefined when the vocabulary is neither a mapping of tokens to ids nor a list of tokens and scores. */
const pairsOf = (vocab: unknown): readonly (readonly [string, number, number])[] | undefined => {
  if (Array.isArray(vocab)) {
    const pairs = vocab.flatMap((item, id) => (Array.isArray(item) && typeof item[0] === "string" ? [[item[0], id, Number(item[1])] as const] : []))
    return pairs.length === vocab.length ? pairs : undefined
  }
  if (!isFields(vocab)) return undefined
  const pairs = Object.entries(vocab).flatMap(([token, id]) => (isId(id) ? [[token, id, 0] as const] : []))
  return pairs.length === Object.keys(vocab).length ? pairs : undefined
}

/** Written as `"a b"` or as `["a", "b"]`. */
const pairOf = (merge: unknown): readonly [readonly [string, string]] | undefined => {
  const parts: readonly unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : []
  return parts.length === 2 && parts.every((part) => typeof part === "string") ? [parts as readonly [string, string]] : undefined
}
