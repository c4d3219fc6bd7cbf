/**
 * 95 % intervals of a figure that several repetitions (seeds) gave on the same units (documents), which come in groups.
 *
 * The two ways in which it could have come out otherwise are kept apart. Other units: a percentile bootstrap that draws units
 * with replacement within each group, the same for all repetitions and all methods, so that differences are paired (Efron and
 * Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13). Other seeds: Student's t over the repetitions' figures, because
 * 3 values have but 10 resamples, and a bootstrap over them is far too narrow (tests/nodes/metric/paired-interval.test.ts measures
 * it). Independent, the two are added in quadrature on each side.
 */
import type { Random } from "#src"
import { interval } from "./interval.ts"

export interface Paired {
  /** Mean over repetitions. */
  readonly value: number
  readonly low: number
  readonly high: number
  /** By repetition. */
  readonly values: readonly number[]
}

export interface PairedQuestion {
  readonly repetitions: number
  /** Group of each unit. */
  readonly group: readonly number[]
  /** The figure of one repetition when unit i counts `times[i]` times. */
  readonly figure: (repetition: number, times: Float64Array) => number
  readonly draws: number
  readonly random: Random
}

/** With one repetition the interval is over units only; with one unit a group, over repetitions only. */
export const pairedInterval = ({ repetitions, group, figure, draws, random }: PairedQuestion): Paired => {
  const each = Array.from({ length: repetitions }, (_, r) => r)
  const all = (times: Float64Array): readonly number[] => each.map((r) => figure(r, times))
  const values = all(new Float64Array(group.length).fill(1))
  const { mean: value, half } = interval(values)
  const seeds = repetitions < 2 ? 0 : half
  const means = resamples(group, draws, random).map((times) => interval(all(times)).mean - value)
  const drawn = Float64Array.from(means).sort()
  return { value, low: value - Math.hypot(quantile(drawn, 0.025), seeds), high: value + Math.hypot(quantile(drawn, 0.975), seeds), values }
}

/** How often each unit was drawn, draw by draw; the array is used again. Without a group of two units there is nothing to draw. */
const resamples = (group: readonly number[], draws: number, random: Random) => {
  const members = new Map<number, number[]>()
  group.forEach((g, i) => members.set(g, [...(members.get(g) ?? []), i]))
  const groups = [...members.values()]
  const times = new Float64Array(group.length)
  const draw = (d: number): Float64Array => {
    times.fill(0)
    let at = d * group.length
    for (const of of groups) for (let k = 0; k < of.length; k++) {
      const i = of[random.below(at++, of.length)] as number
      times[i] = (times[i] as number) + 1
    }
    return times
  }
  const alone = groups.every((of) => of.length < 2)
  return { map: (f: (times: Float64Array) => number): readonly number[] => (alone ? [0] : Array.from({ length: draws }, (_, d) => f(draw(d)))) }
}

/** Linear between order statistics; `sorted` ascending. */
export const quantile = (sorted: ArrayLike<number>, share: number): number => {
  const at = share * (sorted.length - 1)
  const [low, high] = [Math.floor(at), Math.ceil(at)]
  return (sorted[low] as number) + (at - low) * ((sorted[high] as number) - (sorted[low] as number))
}
