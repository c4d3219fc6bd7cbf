/**
 * What a model makes of held-out tokens, one row a token, in document order.
 *
 * - `logp` f32 [n], natural log-probability of the token that came;
 * - `characters` i32 [n], code points it stands for; `document` i32 [n]; `locale` i32 [n], an index into `meta.locales`.
 */
import * as t from "io-ts"
import { joinable, tensorsPort, zeros, type PortValue } from "#src"
import { joinRows } from "./rows.ts"

export const ScoresMeta = t.readonly(t.type({ locales: t.readonlyArray(t.string) }))

const none = zeros("i32", [0])

/** The scores of some tokens; those of many, in order, are joined. */
export const scores = joinable(
  tensorsPort("scores", ScoresMeta),
  joinRows<t.TypeOf<typeof ScoresMeta>>({ meta: { locales: [] }, tensors: { logp: zeros("f32", [0]), characters: none, document: none, locale: none } }),
)
export type Scores = PortValue<typeof scores>
