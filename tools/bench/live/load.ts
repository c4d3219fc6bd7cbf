/**
 * What pages cost: the pace of training with none and with many open, turn by turn, so that the machine's own moods
 * fall on both; and the server's memory over many edits, saves of nothing and pages that come and go.
 */
import { readFileSync } from "node:fs"
import { must } from "../../../src/base/assert.ts"
import { median } from "../statistics.ts"
import { connectLive, type LiveSocket } from "./live-process.ts"

export interface PageLoad {
  /** Steps a second, turn by turn. */
  readonly without: readonly number[]
  readonly withPages: readonly number[]
  /** Median share of the pace that pages cost; below 0 when training was faster with them. */
  readonly cost: number
}

/** `trainer` runs all the while; `pages` sockets are open every other turn. */
export const loadOfPages = async (socket: LiveSocket, address: string, { trainer, pages, turns, turnMs, now }: { readonly trainer: string; readonly pages: number; readonly turns: number; readonly turnMs: number; readonly now: () => number }): Promise<PageLoad> => {
  const stepsNow = (): number => must(socket.state().statuses[trainer]?.progress, `progress of ${trainer}`).done
  const pace = async (): Promise<number> => {
    // From step to step, so that no part of one is counted.
    const [steps, from] = await nextStep(socket, stepsNow, now)
    await new Promise((resolve) => setTimeout(resolve, turnMs))
    const [more, to] = await nextStep(socket, stepsNow, now)
    return ((more - steps) * 1000) / (to - from)
  }
  await socket.until(({ statuses }) => (statuses[trainer]?.progress?.done ?? 0) > 0)
  await pace()
  const without: number[] = []
  const withPages: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    without.push(await pace())
    const open = await Promise.all(Array.from({ length: pages }, () => connectLive(address)))
    for (const [i, page] of open.entries()) page.say({ type: "watch", id: "w", question: i % 2 === 0 ? { ask: "value", node: trainer, port: "curve" } : { ask: "node", node: trainer }, once: false })
    withPages.push(await pace())
    for (const page of open) page.close()
  }
  return { without, withPages, cost: median(without.map((rate, turn) => 1 - must(withPages[turn], "turn") / rate)) }
}

const nextStep = async (socket: LiveSocket, stepsNow: () => number, now: () => number): Promise<readonly [number, number]> => {
  const steps = stepsNow()
  await socket.until(() => stepsNow() > steps)
  return [stepsNow(), now()]
}

/** Resident bytes of a process; Linux only. */
export const residentBytes = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024
