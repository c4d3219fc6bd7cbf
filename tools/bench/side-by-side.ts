/**
 * Two trainers of one thread each beside each other, against one trainer of two threads: which way two cores train more. Taken in
 * turns, one way after the other, like the peers. And how much there is to gain: a trainer of one thread that has the machine, its
 * caches and its memory to itself, taken twice.
 */
import { join } from "node:path"
import { startPeer, type Peer } from "./peer.ts"
import { cambiumLaunch } from "./roster.ts"
import { comparedSteps, stepsInTurn } from "./rounds.ts"
import { specOf, type WorkloadName } from "./spec.ts"
import { median } from "./statistics.ts"
import { writeWorkload } from "./workload.ts"

export interface SideBySide {
  readonly workload: WorkloadName
  /** Steps a second of one trainer on two threads, one a round. */
  readonly alone: readonly number[]
  /** Steps a second of two trainers on one thread each, together, one a round. */
  readonly together: readonly number[]
  /** Twice the steps a second of one of those two while the other waits, one a round: what `together` cannot exceed. */
  readonly apart: readonly number[]
}

/** Trainers that are worth running side by side. */
export const sideBySideWorkloads: readonly WorkloadName[] = ["train-0.8M", "train-5M"]

const start = async (workload: WorkloadName, folder: string, threads: number, device: string): Promise<Peer> => {
  await writeWorkload(folder, specOf(workload, threads))
  return startPeer(cambiumLaunch(folder, device))
}

/** Steps a second of all `peers` working at once, the time being that of the slowest. */
const rateOf = async (peers: readonly Peer[], steps: number): Promise<number> => {
  const answers = await Promise.all(peers.map((peer) => peer.steps(steps)))
  const seconds = Math.max(...answers.map(({ ms }) => ms.reduce((sum, step) => sum + step, 0))) / 1000
  return (peers.length * steps) / seconds
}

export const measureSideBySide = async (
  workload: WorkloadName,
  folder: string,
  { repeats, device }: { readonly repeats: number; readonly device: string },
  tell: (line: string) => void,
): Promise<SideBySide> => {
  const peers: Peer[] = []
  try {
    for (const threads of [2, 1, 1]) peers.push(await start(workload, join(folder, String(peers.length)), threads, device))
    const [one, ...two] = peers as [Peer, Peer, Peer]
    const warm = await Promise.all(peers.map((peer) => peer.steps(comparedSteps)))
    const steps = stepsInTurn(median(warm.flatMap(({ ms }) => ms.slice(1))))
    const alone: number[] = []
    const together: number[] = []
    const apart: number[] = []
    for (let round = 1; round <= repeats; round++) {
      alone.push(await rateOf([one], steps))
      together.push(await rateOf(two, steps))
      apart.push(2 * (await rateOf(two.slice(0, 1), steps)))
      const [a, b, c] = [alone, together, apart].map((rates) => rates.at(-1)?.toFixed(2))
      tell(`side by side, round ${round} of ${repeats}: ${b} steps/s together, ${a} alone on two threads, ${c} if they did not disturb each other`)
    }
    return { workload, alone, together, apart }
  } finally {
    await Promise.all(peers.map((peer) => peer.close()))
  }
}
