/**
 * Everything an expert says about held-out tokens: the tensors of `scores`, and
 *
 * - `logits` f32 [n, vocabulary], unnormalised log-probabilities of every token at that place;
 * - `target` i32 [n], the token that came.
 */
import { tensorsPort, type PortValue } from "#src"
import { ScoresMeta } from "./scores.ts"

export const logits = tensorsPort("logits", ScoresMeta)
export type Logits = PortValue<typeof logits>
