/** Five kills of a real run; `npm run kill-test` does a hundred. SPEC W3, W4. */
import { afterAll, expect, it } from "vitest"
import { killAgainAndAgain } from "../../../tools/kill/kill.ts"
import { killedGraph } from "../../../tools/kill/kill-test.ts"
import { scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)

it("W3, W4: killed at random moments, a run ends with the contents of one that nobody killed; only what was running is repeated, from its last checkpoint", { timeout: 300_000 }, async () => {
  const { kills, runs, equal, nodes } = await killAgainAndAgain({ ...killedGraph, kills: 5, seed: 7, dir: folder.path })
  expect(nodes).toBeGreaterThan(40)
  expect(kills).toHaveLength(5)
  // Some came when there was something to lose.
  expect(kills.filter(({ results }) => results > 0).length).toBeGreaterThan(1)
  for (const kill of kills) {
    expect(kill).toMatchObject({ wrong: 0, damaged: 0, repeatedNodes: 0 })
    expect(kill.repeatedSteps).toBeLessThanOrEqual(kill.allowedSteps)
  }
  expect(runs).toBeGreaterThan(0)
  expect(equal).toBe(runs)
})
