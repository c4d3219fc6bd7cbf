/** A few kills of real runs; `npm run kill-test` does a hundred, on a larger graph. SPEC W3, W4, W7. */
import { afterAll, expect, it } from "vitest"
import { killAgainAndAgain } from "../../../tools/kill/kill.ts"
import { killedGraph } from "../../../tools/kill/kill-test.ts"
import { graphFile, scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)

// Walks of four seconds with a checkpoint after each of twenty steps.
const walks = await killedGraph(graphFile("walks.ts"), ["walks=3", "walk/*.steps=20", "walk/*.pause=200"])

it("W3, W4, W7: killed at random moments, two processes on a store end with the contents of one that nobody killed; only what was running is repeated, from its last checkpoint", { timeout: 300_000 }, async () => {
  const { kills, ends, equal, repeated, resumed, setBack, nodes } = await killAgainAndAgain({ ...walks, kills: 4, processes: 2, seed: 155, dir: folder.path })
  expect(nodes).toBe(7)
  expect(kills).toHaveLength(4)
  for (const kill of kills) expect(kill).toMatchObject({ wrong: 0 })
  // The seed draws moments late enough: some came when there was something to lose, and it was not lost.
  expect(kills.filter(({ underWay }) => underWay > 0).length).toBeGreaterThan(0)
  expect(resumed).toBeGreaterThan(0)
  expect({ repeated, setBack }).toEqual({ repeated: [], setBack: 0 })
  expect(ends).toBeGreaterThanOrEqual(2)
  expect(equal).toBe(ends)
})
