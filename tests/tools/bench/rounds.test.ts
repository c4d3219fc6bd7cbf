import { describe, expect, it } from "vitest"
import type { Peer } from "../../../tools/bench/peer.ts"
import { comparedSteps, measure, stepsInTurn, type Meter } from "../../../tools/bench/rounds.ts"

/** A peer whose every step takes `stepMs`, except the first of each request, which keeps two cores busy and logs its turns. */
const fake = (name: string, stepMs: number, log: string[]): Peer => ({
  hello: { ready: true, version: name, detail: "", params: 1 },
  steps: (count) => {
    log.push(`${name} ${count}`)
    const ms = Array.from({ length: count }, (_, i) => (i === 0 ? 10 * stepMs : stepMs))
    return Promise.resolve({ losses: ms.map((_, i) => i), ms, cpuMs: 100, peakKb: 1 })
  },
  close: () => Promise.resolve(),
})

/** A machine that was busy for `amounts` milliseconds during each turn, one after the other. */
const meter = (...amounts: readonly number[]): Meter => {
  let calls = 0
  let busy = 0
  return {
    cores: 2,
    busyMs: () => {
      if (calls++ % 2 === 1) busy += amounts[(calls >> 1) - 1] ?? 0
      return busy
    },
  }
}

describe("interleaved rounds", () => {
  it("gives every peer a turn in every round, and leaves the first step of each turn out of the figure", async () => {
    const log: string[] = []
    const measured = await measure([fake("a", 100, log), fake("b", 2000, log)], 2, meter(100, 100, 100, 100), () => undefined)
    expect(log).toEqual([`a ${comparedSteps}`, `b ${comparedSteps}`, "a 31", "b 3", "a 31", "b 3"])
    expect(measured).toEqual([
      { losses: [0, 1, 2, 3, 4], ms: [100, 100], foreign: [0, 0] },
      { losses: [0, 1, 2, 3, 4], ms: [2000, 2000], foreign: [0, 0] },
    ])
  })

  it("takes a turn again while others use the machine, and reports what they used at best", async () => {
    const log: string[] = []
    // A turn of 31 steps is 4,000 ms long on two cores; 100 ms of the busy time are the peer's own.
    const [measured] = await measure([fake("a", 100, log)], 2, meter(4100, 2100, 100, 4100, 900, 1700, 2500), () => undefined)
    expect(measured?.foreign).toEqual([0, 0.1])
    expect(log).toHaveLength(1 + 3 + 4)
  })

  it("makes a turn of about three seconds, of at least 2 and at most 1,000 steps", () => {
    expect(stepsInTurn(100)).toBe(30)
    expect(stepsInTurn(9000)).toBe(2)
    expect(stepsInTurn(1)).toBe(1000)
  })
})
