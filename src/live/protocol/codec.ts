/** The few codecs of which all messages of the live page are made: JSON, lists, records, and null for what there is none of. */
import * as t from "io-ts"
import type { Json } from "../../base/json.ts"

/** Messages are parsed JSON, so any value of one is. */
export const json = new t.Type<Json, Json, unknown>("JSON", (u): u is Json => u !== undefined, (u, c) => (u === undefined ? t.failure(u, c) : t.success(u as Json)), t.identity)

export const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])
export const list = t.readonlyArray
export const record = <C extends t.Mixed>(codec: C) => t.readonly(t.record(t.string, codec))

/** A whole number that is not negative. */
export const count = new t.Type<number, number, unknown>(
  "a whole number, not negative",
  (u): u is number => Number.isSafeInteger(u) && (u as number) >= 0,
  (u, c) => (Number.isSafeInteger(u) && (u as number) >= 0 ? t.success(u as number) : t.failure(u, c)),
  t.identity,
)

/** One of the words. */
export const word = <const W extends readonly string[]>(...words: W) => t.keyof(Object.fromEntries(words.map((one) => [one, null])) as { readonly [K in W[number]]: null })

/** Numbers as the bytes of a Float32Array (little-endian), or bytes, in base64. */
export const base64 = t.string
