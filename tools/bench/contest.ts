/**
 * One size, all peers: start those that are there, measure them in turns, then this project's memory alone.
 */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../src/base/assert.ts"
import { measureMemory } from "./memory.ts"
import type { BenchOptions, PeerName } from "./options.ts"
import { startPeer, type Launch, type Peer } from "./peer.ts"
import type { PeerResult, SizeResult } from "./report.ts"
import { cambiumLaunch, launchesOf } from "./roster.ts"
import { machineMeter, measure } from "./rounds.ts"
import { specOf, type SizeName } from "./spec.ts"
import { writeWorkload } from "./workload.ts"

/** gpu.js on a CPU is worth the wait at the smallest size only. */
const gpujsSizes: readonly SizeName[] = ["0.8M"]

interface Contestant {
  readonly name: PeerName
  readonly peer: Peer
}

/**
 * Measures `size` in `folder`, which is made. `tell` hears progress, `notice` which peers are left out and why.
 * Rejects when this project's own peer fails, any peer fails after its start, or two train different models.
 */
export const contest = async (
  size: SizeName,
  folder: string,
  options: BenchOptions,
  tell: (line: string) => void,
  notice: (line: string) => void,
): Promise<SizeResult> => {
  const spec = specOf(size, options.threads)
  await writeWorkload(folder, spec)
  const contestants: Contestant[] = []
  const names = options.peers.filter((name) => name !== "cambium-gpujs" || gpujsSizes.includes(size))
  try {
    for (const name of names) {
      const launches = launchesOf(name, folder, options)
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
    if (options.memory) tell("memory over 200 steps, alone")
    const memory = options.memory ? { memory: await measureMemory(cambiumLaunch(folder, options.device)) } : {}
    return { size, spec, params, ours: must(results[0], "our own result"), others: results.slice(1), ...memory }
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
