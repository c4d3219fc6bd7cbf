/** What methods measured in several repetitions, arranged, and checked to be of the same units. */
import { NodeFailure } from "#src"
import { figuresOf, meanOf, type Observations } from "../port/observations.ts"
import { pairedInterval, type Paired } from "./paired-interval.ts"
import type { Random } from "#src"

/** By method, its repetitions. `given`: all of the first method, then all of the second. */
export const byMethod = (given: readonly Observations[], methods: readonly string[]): readonly (readonly Observations[])[] => {
  const repetitions = given.length / methods.length
  if (!Number.isInteger(repetitions)) throw new NodeFailure(`${given.length} observations cannot be ${methods.length} methods, each as often`, { param: "methods" })
  const shape = ({ each, groups, group }: Observations): string => JSON.stringify([each, groups, group])
  const first = given[0] as Observations
  const about = (of: Observations): string => `${of.group.length} ${of.each} of ${of.groups.join(", ")}`
  return methods.map((name, k) =>
    Array.from({ length: repetitions }, (_, r) => {
      const of = given[k * repetitions + r] as Observations
      if (shape(of) !== shape(first)) throw new NodeFailure(`${name}, repetition ${r + 1}, was measured on ${about(of)}, the first on ${about(first)}: they must be the same`)
      return of
    }),
  )
}

/** What an interval over them is over. */
export const scopeOf = ({ group, groups, each }: Observations, repetitions: number): string => {
  const seeds = repetitions === 1 ? "one seed" : `${repetitions} seeds`
  if (group.length <= groups.length) return seeds
  const units = `${group.length.toLocaleString("en-GB")} ${each}`
  return repetitions === 1 ? `${units}, of one seed` : `${seeds} and ${units}`
}

/** The figure of one method with its interval: mean over groups, over repetitions. */
export const figureOf = (repetitions: readonly Observations[], draws: number, random: Random): Paired =>
  pairedInterval({
    repetitions: repetitions.length,
    group: (repetitions[0] as Observations).group,
    figure: (r, times) => meanOf(figuresOf(repetitions[r] as Observations, times)),
    draws,
    random,
  })

/** Low and high; null where one run says nothing of others and has no units to say it of. */
export const bandOf = ({ low, high, values }: Paired): readonly [number, number] | null => (values.length < 2 && low === high ? null : [low, high])
