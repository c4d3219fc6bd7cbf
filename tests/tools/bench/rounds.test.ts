import { describe, expect, it } from "vitest"
import type { Peer } from "../../../tools/bench/peer.ts"
import { comparedSteps, measure, stepsInTurn } from "../../../tools/bench/rounds.ts"

/** A peer whose every step takes `stepMs` by its own clock, except the first of each request, and which logs its turns. */
const fake = (name: string, stepMs: number, log: string[]): Peer => ({
  hello: { ready: true, version: name, detail: "", params: 1 },
  steps: (count) => {
    log.push(`${name} ${count}`)
    return Promise.resolve({
      losses: Array.from({ length: count }, (_, i) => i),
      ms: Array.from({ length: count }, (_, i) => (i === 0 ? 1e6 : stepMs)),
      peakKb: 1,
    })
  },
  close: () => Promise.resolve(),
})

describe("interleaved rounds", () => {
  it("gives every peer a turn in every round, and leaves the first step of each turn out of the figure", async () => {
    const log: string[] = []
    const measured = await measure([fake("a", 100, log), fake("b", 2000, log)], 2, () => undefined)
    expect(log).toEqual([`a ${comparedSteps}`, `b ${comparedSteps}`, "a 31", "b 3", "a 31", "b 3"])
    expect(measured).toEqual([
      { losses: [0, 1, 2, 3, 4], ms: [100, 100] },
      { losses: [0, 1, 2, 3, 4], ms: [2000, 2000] },
    ])
  })

  it("makes a turn of about three seconds, of at least 2 and at most 40 steps", () => {
    expect(stepsInTurn(100)).toBe(30)
    expect(stepsInTurn(9000)).toBe(2)
    expect(stepsInTurn(1)).toBe(40)
  })
})
