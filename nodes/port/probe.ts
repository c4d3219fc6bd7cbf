/**
 * Sequences of tokens in which some are to be recalled from what came before: `ids` i32 [items, length] without the opening
 * token; `scored` i32 [items, length], 1 where the token at that place counts as an answer. A model answers with its likeliest token.
 */
import * as t from "io-ts"
import { ndarray, tensorsPort, type PortValue } from "#src"

export const ProbeMeta = t.readonly(
  t.type({
    title: t.string,
    /** Share of right answers of whoever knows which tokens could be the answer but not which one is. */
    chance: t.number,
    vocabulary: t.number,
    /** Id of the token that opens every sequence. */
    bos: t.number,
  }),
)

export const probe = tensorsPort("probe", ProbeMeta)
export type Probe = PortValue<typeof probe>

/** A probe of items of one length, each with the places that are scored. */
export const makeProbe = (meta: Probe["meta"], items: readonly { readonly ids: readonly number[]; readonly scored: readonly number[] }[]): Probe => {
  const length = items[0]?.ids.length ?? 0
  const shape = [items.length, length]
  const scored = new Int32Array(items.length * length)
  items.forEach((item, i) => item.scored.forEach((place) => (scored[i * length + place] = 1)))
  return { meta, tensors: { ids: ndarray("i32", shape, Int32Array.from(items.flatMap(({ ids }) => ids))), scored: ndarray("i32", shape, scored) } }
}
