/** The log of runs: what ran, how it ended, and where a result comes from. SPEC W11. */
import { afterAll, describe, expect, it } from "vitest"
import { graphFile, runCommand, scratchFolder, startCommand, unpromised, type Ended } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const file = graphFile("walks.ts")
const cambium = (...args: string[]): Promise<Ended> => runCommand(args, folder.path)
const lines = (ended: Ended): readonly Record<string, unknown>[] => ended.lines() as unknown as readonly Record<string, unknown>[]

describe("cambium log", () => {
  it("W11: has every run with how it ended: done, failed, killed, stopped; the newest first", async () => {
    expect((await cambium("log")).stdout).toBe("no runs yet\n")
    await cambium("run", file, "--json", "--seed", "3", "--jobs", "1")
    await cambium("run", file, "--json", "--set", "sum.fail=true", "--name", "broken")
    const slow = ["--set", "walk/*.pause=100", "--set", "walk/1.loud=true", "--set", "walks=1"]
    const killed = startCommand(["run", file, ...slow, "--name", "killed"], folder.path)
    await killed.says("step 2 is done")
    killed.process.kill("SIGKILL")
    await killed.ended
    const stopped = startCommand(["run", file, ...slow, "--name", "stopped"], folder.path)
    await stopped.says("step 4 is done")
    stopped.process.kill("SIGINT")
    await stopped.ended
    const log = await cambium("log", "--json")
    expect([log.code, unpromised(log)]).toEqual([0, []])
    expect(lines(log).map(({ name, state, exit }) => [name, state, exit])).toEqual([["stopped", "stopped", 130], ["killed", "killed", undefined], ["broken", "failed", 1], ["walks", "done", 0]])
    expect(lines(log).at(-1)).toMatchObject({ graph: "walks", seed: "3", jobs: 1, device: "none", args: [file, "--json", "--seed", "3", "--jobs", "1"], counts: { ran: 6, reused: 0 }, metrics: { measure: { mean: expect.any(Number) } } })
    const text = await cambium("log", file, "--limit", "1")
    expect(text.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}stopped {2}stopped {2}\d ran, \d reused in .*\n {4}run .*\n3 older; --limit N shows more\n$/)
  })

  it("W11: has the results of a node with params and metrics, and the lineage of the newest back to the data", async () => {
    await cambium("run", file, "--json", "--store", "results")
    await cambium("run", file, "--json", "--store", "results", "--set", "sum.weight=0.25")
    await cambium("run", file, "--json", "--store", "results")
    const log = await cambium("log", file, "sum", "--json", "--store", "results")
    expect([log.code, unpromised(log)]).toEqual([0, []])
    const [results, lineage] = ["result", "lineage"].map((type) => lines(log).filter((line) => line["type"] === type))
    expect(results?.map(({ state, params }) => [state, (params as { readonly weight: number }).weight])).toEqual([["reused", 0.5], ["ran", 0.25], ["ran", 0.5]])
    expect(results?.[0]?.["key"]).toBe(results?.[2]?.["key"])
    expect(lineage?.map(({ node }) => node)).toEqual(["words", "walk/1", "walk/2", "sum"])
    expect(lineage?.at(-1)).toMatchObject({ kind: "test/scale", params: { weight: 0.5 }, key: results?.[0]?.["key"] })
    const text = (await cambium("log", file, "measure", "--store", "results")).stdout
    expect(text).toMatch(/^measure\n {2}just now +reused .*key [0-9a-f]{8} {2}result [0-9a-f]{8} {2}max \d/)
    expect(text).toContain("\nmade of\n  words    test/read-words ")
  })
})
