/**
 * One workload, all peers: start those that are there, measure them in turns, then this project's memory alone.
 */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../src/base/assert.ts"
import { manySteps, measureMemory } from "./memory.ts"
import type { BenchOptions, PeerName } from "./options.ts"
import { startPeer, type Launch, type Peer } from "./peer.ts"
import type { PeerResult, WorkloadResult } from "./report.ts"
import { cambiumLaunch, launchesOf, takesPart } from "./roster.ts"
import { machineMeter, measure } from "./rounds.ts"
import { specOf, type WorkloadName } from "./spec.ts"
import { writeWorkload } from "./workload.ts"

/** Two thousand steps take a while: the smallest model shows as well as any whether memory grows with steps. */
const memoryWorkloads: readonly WorkloadName[] = ["train-0.8M"]

interface Contestant {
  readonly name: PeerName
  readonly peer: Peer
}

/**
 * Measures `workload` in `folder`, which is made. `tell` hears progress, `notice` which peers are left out and why.
 * Rejects when this project's own peer fails, any peer fails after its start, or two train different models.
 */
export const contest = async (
  workload: WorkloadName,
  folder: string,
  options: BenchOptions,
  tell: (line: string) => void,
  notice: (line: string) => void,
): Promise<WorkloadResult> => {
  const spec = specOf(workload, options.threads)
  await writeWorkload(folder, spec)
  const contestants: Contestant[] = []
  const names = options.peers.filter((name) => takesPart(name, spec))
  try {
    for (const name of names) {
      const launches = launchesOf(name, spec, folder, options)
      const peers = E.isLeft(launches) ? [launches] : await Promise.all(launches.right.map((launch) => enter(name, launch)))
      for (const peer of peers) {
        if (E.isRight(peer)) contestants.push({ name, peer: peer.right })
        else if (name === "cambium") throw new Error(peer.left)
        else notice(peer.left)
      }
    }
    const params = sameParams(contestants)
    const measured = await measure(contestants.map(({ peer }) => peer), options.repeats, machineMeter(), tell)
    const results = contestants.map(({ name, peer: { hello } }, i): PeerResult => ({
      name,
      version: hello.version,
      detail: hello.detail,
      ...must(measured[i], "a measurement of every peer"),
    }))
    await Promise.all(contestants.map(({ peer }) => peer.close()))
    const wantsMemory = options.memory && memoryWorkloads.includes(workload)
    if (wantsMemory) tell(`memory over ${manySteps} steps, alone`)
    const memory = wantsMemory ? { memory: await measureMemory(cambiumLaunch(folder, options.device)) } : {}
    return { workload, spec, params, ours: must(results[0], "our own result"), others: results.slice(1), ...memory }
  } finally {
    await Promise.all(contestants.map(({ peer }) => peer.close()))
  }
}

/** The started peer, or the notice why it does not take part. */
const enter = async (name: PeerName, launch: Launch): Promise<E.Either<string, Peer>> => {
  try {
    const peer = await startPeer(launch)
    const { unfair, version } = peer.hello
    if (unfair === undefined) return E.right(peer)
    await peer.close()
    return E.left(`${version} left out: ${unfair}`)
  } catch (error) {
    return E.left(`${name} left out: it did not start, ${(error as Error).message}`)
  }
}

const sameParams = (contestants: readonly Contestant[]): number => {
  const params = must(contestants[0], "a contestant").peer.hello.params
  const odd = contestants.find(({ peer }) => peer.hello.params !== params)
  if (odd !== undefined) throw new Error(`${odd.name} trains ${odd.peer.hello.params} parameters, cambium trains ${params}`)
  return params
}
