/**
 * What a model makes of held-out tokens, one row a token, in document order.
 *
 * - `logp` f32 [n], natural log-probability of the token that came;
 * - `characters` i32 [n], code points it stands for; `document` i32 [n]; `locale` i32 [n], an index into `meta.locales`.
 */
import * as t from "io-ts"
import { tensorsPort, type PortValue } from "#src"

export const ScoresMeta = t.readonly(t.type({ locales: t.readonlyArray(t.string) }))

export const scores = tensorsPort("scores", ScoresMeta)
export type Scores = PortValue<typeof scores>
