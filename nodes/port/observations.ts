/**
 * A figure measured unit by unit: documents of held-out text, items of a probe, or a whole run. Unit i counts `sum[i]` over
 * `weight[i]` (bits over characters, right answers over answers); a group's figure is the sum of the sums over the sum of the
 * weights, and the figure of all is the mean over groups. Intervals are made of these, and units of two models on the same text
 * are the same units.
 */
import * as t from "io-ts"
import { jsonPort, NodeFailure, type PortValue } from "#src"

const numbers = t.readonlyArray(t.number)

export const Observations = t.readonly(
  t.type({
    title: t.string,
    unit: t.string,
    better: t.union([t.literal("lower"), t.literal("higher")]),
    /** The figure of a guess; null where there is no such thing. Whoever shows the figure shows this beside it. */
    chance: t.union([t.number, t.null]),
    /** What a unit is, in the plural: "documents", "items", "runs". */
    each: t.string,
    /** Languages, subjects: they count alike. */
    groups: t.readonlyArray(t.string),
    /** By unit: an index into `groups`, and the two numbers. */
    group: numbers,
    sum: numbers,
    weight: numbers,
  }),
)

export const observations = jsonPort("observations", Observations)
export type Observations = PortValue<typeof observations>

/** How often each unit counts; each once if absent. */
type Times = ArrayLike<number> | undefined

/** The figure of each group. NaN for a group without weight. */
export const figuresOf = ({ groups, group, sum, weight }: Observations, times?: Times): readonly number[] => {
  const [sums, weights] = [new Float64Array(groups.length), new Float64Array(groups.length)]
  for (let i = 0; i < sum.length; i++) {
    const [g, n] = [group[i] as number, times === undefined ? 1 : (times[i] as number)]
    sums[g] = (sums[g] as number) + n * (sum[i] as number)
    weights[g] = (weights[g] as number) + n * (weight[i] as number)
  }
  return groups.map((_, g) => (sums[g] as number) / (weights[g] as number))
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

/** Only the units of `wanted` groups, all if it is empty. Fails when a group is not there. */
export const ofGroups = (of: Observations, wanted: readonly string[], param: string): Observations => {
  if (wanted.length === 0) return of
  const places = wanted.map((name) => of.groups.indexOf(name))
  const missing = wanted.filter((_, i) => (places[i] as number) < 0)
  if (missing.length > 0) throw new NodeFailure(`there is no group ${missing.join(", ")}; the groups are ${of.groups.join(", ")}`, { param })
  const kept = of.group.flatMap((g, i) => (places.includes(g) ? [i] : []))
  const pick = (column: readonly number[]): readonly number[] => kept.map((i) => column[i] as number)
  return { ...of, groups: wanted, group: pick(of.group).map((g) => places.indexOf(g)), sum: pick(of.sum), weight: pick(of.weight) }
}
