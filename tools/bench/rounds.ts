/**
 * Interleaved measurement: every peer takes its first steps (compared, not timed), then the peers take turns, A B C A B C,
 * and each turn's figure is its median step. Only one peer computes at a time; the others wait for their input. A turn
 * during which other programs took part of the machine is taken again, a few times; what they took at best is reported.
 */
import { cpus } from "node:os"
import { setTimeout } from "node:timers/promises"
import type { Answer, Peer } from "./peer.ts"
import { median } from "./statistics.ts"

/** The first steps, whose losses are compared and whose times (compilation, first touch of memory) are not counted. */
export const comparedSteps = 5

/** A turn lasts about this long, and has at least `leastSteps` and at most `mostSteps` timed steps. */
const turnMs = 3000
const leastSteps = 2
const mostSteps = 1000
/** Thread pools spin for a while after their last work; the next peer should not share a core with that. */
const restMs = 300
/** A turn is taken again while others use more than this share of the machine, up to so many times. */
export const quietBelow = 0.05
const mostTries = 4

export interface Measured {
  /** Losses of the first `comparedSteps` steps. */
  readonly losses: readonly number[]
  /** Median step of each round, milliseconds. */
  readonly ms: readonly number[]
  /** Share of the machine that other programs used during each of those turns, 0 to 1. */
  readonly foreign: readonly number[]
}

/** Processor time the whole machine has used so far, and how much it could use in a millisecond. */
export interface Meter {
  readonly busyMs: () => number
  readonly cores: number
}

/** The meter of this machine. */
export const machineMeter = (): Meter => ({
  busyMs: () => cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0),
  cores: cpus().length,
})

/** Timed steps in a turn for a step of `stepMs`. */
export const stepsInTurn = (stepMs: number): number => Math.min(mostSteps, Math.max(leastSteps, Math.round(turnMs / stepMs)))

interface Turn {
  readonly ms: number
  readonly foreign: number
}

const turnOf = async (peer: Peer, steps: number, { busyMs, cores }: Meter): Promise<Turn> => {
  await setTimeout(restMs)
  const before = busyMs()
  const answer = await peer.steps(steps + 1)
  return { ms: median(answer.ms.slice(1)), foreign: foreignShare(answer, busyMs() - before, cores) }
}

const foreignShare = ({ ms, cpuMs }: Answer, busy: number, cores: number): number => {
  const wall = ms.reduce((sum, step) => sum + step, 0)
  return wall === 0 ? 0 : Math.max(0, busy - cpuMs) / (wall * cores)
}

/** The first quiet turn, or the quietest of a few. Chosen by what others did, never by how fast it was. */
const quietTurn = async (peer: Peer, steps: number, meter: Meter): Promise<Turn> => {
  let best = await turnOf(peer, steps, meter)
  for (let tries = 1; best.foreign > quietBelow && tries < mostTries; tries++) {
    const turn = await turnOf(peer, steps, meter)
    if (turn.foreign < best.foreign) best = turn
  }
  return best
}

/** One `Measured` a peer, in their order. `tell` hears what goes on. */
export const measure = async (peers: readonly Peer[], repeats: number, meter: Meter, tell: (line: string) => void): Promise<readonly Measured[]> => {
  const entries: { readonly peer: Peer; readonly losses: readonly number[]; readonly steps: number; readonly turns: Turn[] }[] = []
  for (const peer of peers) {
    const warm = await peer.steps(comparedSteps)
    const stepMs = median(warm.ms.slice(1))
    tell(`${peer.hello.version}: about ${stepMs.toFixed(0)} ms a step`)
    entries.push({ peer, losses: warm.losses, steps: stepsInTurn(stepMs), turns: [] })
  }
  for (let round = 1; round <= repeats; round++) {
    const figures: string[] = []
    for (const { peer, steps, turns } of entries) {
      const turn = await quietTurn(peer, steps, meter)
      turns.push(turn)
      figures.push(`${peer.hello.version} ${turn.ms.toFixed(1)} ms${turn.foreign > quietBelow ? " (machine busy)" : ""}`)
    }
    tell(`round ${round} of ${repeats}: ${figures.join(", ")}`)
  }
  return entries.map(({ losses, turns }) => ({ losses, ms: turns.map(({ ms }) => ms), foreign: turns.map(({ foreign }) => foreign) }))
}
