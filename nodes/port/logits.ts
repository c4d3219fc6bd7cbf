/**
 * Everything an expert says about held-out tokens: the tensors of `scores`, and
 *
 * - `logits` f32 [n, vocabulary], unnormalised log-probabilities of every token at that place;
 * - `target` i32 [n], the token that came.
 */
import type * as t from "io-ts"
import { joinable, tensorsPort, zeros, type PortValue } from "#src"
import { joinRows } from "./rows.ts"
import { ScoresMeta } from "./scores.ts"

const none = zeros("i32", [0])

/** What an expert says about some tokens; streams of it have `chunkRows` in an element, fewer only in the last. */
export const logits = joinable(
  tensorsPort("logits", ScoresMeta),
  joinRows<t.TypeOf<typeof ScoresMeta>>({ meta: { locales: [] }, tensors: { logits: zeros("f32", [0, 0]), target: none, logp: zeros("f32", [0]), characters: none, document: none, locale: none } }),
)
export const chunkRows = 512
export type Logits = PortValue<typeof logits>
