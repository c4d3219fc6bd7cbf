/**
 * Interleaved measurement: every peer trains its first steps (compared, not timed), then the peers take turns, A B C A B C,
 * and each turn's figure is its median step. Only one peer computes at a time; the others wait for their input.
 */
import { setTimeout } from "node:timers/promises"
import type { Peer } from "./peer.ts"
import { median } from "./statistics.ts"

/** The first steps, whose losses are compared and whose times (compilation, first touch of memory) are not counted. */
export const comparedSteps = 5

/** A turn lasts about this long, and has at least `leastSteps` and at most `mostSteps` timed steps. */
const turnMs = 3000
const leastSteps = 2
const mostSteps = 40
/** Thread pools spin for a while after their last work; the next peer should not share a core with that. */
const restMs = 300

export interface Measured {
  /** Losses of the first `comparedSteps` steps. */
  readonly losses: readonly number[]
  /** Median step of each round, milliseconds. */
  readonly ms: readonly number[]
}

/** Timed steps in a turn for a step of `stepMs`. */
export const stepsInTurn = (stepMs: number): number => Math.min(mostSteps, Math.max(leastSteps, Math.round(turnMs / stepMs)))

/** One `Measured` a peer, in their order. `tell` hears what goes on. */
export const measure = async (peers: readonly Peer[], repeats: number, tell: (line: string) => void): Promise<readonly Measured[]> => {
  const entries: { readonly peer: Peer; readonly losses: readonly number[]; readonly steps: number; readonly ms: number[] }[] = []
  for (const peer of peers) {
    const warm = await peer.steps(comparedSteps)
    const stepMs = median(warm.ms.slice(1))
    tell(`${peer.hello.version}: about ${stepMs.toFixed(0)} ms a step`)
    entries.push({ peer, losses: warm.losses, steps: stepsInTurn(stepMs), ms: [] })
  }
  for (let round = 0; round < repeats; round++) {
    for (const { peer, steps, ms } of entries) {
      await setTimeout(restMs)
      const turn = await peer.steps(steps + 1)
      ms.push(median(turn.ms.slice(1)))
    }
    tell(`round ${round + 1} of ${repeats}: ${entries.map(({ peer, ms }) => `${peer.hello.version} ${(ms[round] ?? 0).toFixed(1)} ms`).join(", ")}`)
  }
  return entries.map(({ losses, ms }) => ({ losses, ms }))
}
