import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { buildGraph, forecast, memoryStore, overridesOf, systemClock } from "#src"
import twoExperts from "../../graphs/two-experts.ts"
import { runCommand, scratchFolder } from "../support/command.ts"

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const scratch = scratchFolder()
afterAll(scratch.remove)

describe("the example of the README", () => {
  it("runs", async () => {
    const ended = await runCommand(["run", path("graphs/two-experts.ts"), "--tiny", "--json", "--jobs", "1"], scratch.path)
    expect(ended.code, ended.stdout + ended.stderr).toBe(0)
    expect(ended.lines().find(({ node }) => node === "bits")?.value).toMatchObject({ mix: expect.any(Number) as number })
  })

  it("P11: with all the weight on one expert, the other would not be trained", async () => {
    const resting = async (weight: number): Promise<readonly string[]> => {
      const built = buildGraph(twoExperts, overridesOf({ "compose.weight": weight }))
      if (built._tag === "Left") throw new Error(JSON.stringify(built.left))
      const { nodes } = await forecast(built.right, { store: memoryStore(systemClock), clock: systemClock, seed: 1, deviceFamily: async () => "none", codeVersion: async () => "1" })
      return [...nodes].flatMap(([path, { state }]) => (state === "rests" ? [path] : []))
    }
    expect([await resting(1), await resting(0), await resting(0.5)]).toEqual([["expert/zh", "logits/zh"], ["expert/ru", "logits/ru"], []])
  })

  it("stands in the README as it is in the file", () => {
    const [, shown] = /```ts\n([\s\S]*?)```/.exec(readFileSync(path("README.md"), "utf8")) ?? []
    expect(readFileSync(path("graphs/two-experts.ts"), "utf8")).toContain((shown ?? "no example").trim())
  })
})
