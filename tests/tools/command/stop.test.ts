/** Stopped by Ctrl-C or killed at once: nothing that was done is done again, and the end is the same. */
import { afterAll, describe, expect, it } from "vitest"
import { graphFile, hashesOf, runCommand, scratchFolder, startCommand, statesOf } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const file = graphFile("walks.ts")
const slow = ["--set", "walk/*.pause=100", "--set", "walks=1", "--set", "walk/1.loud=true"]
const run = (store: string) => runCommand(["run", file, "--json", ...slow, "--store", store], folder.path)
const start = (store: string) => startCommand(["run", file, ...slow, "--store", store], folder.path)
const resumedAt = (why: string | undefined) => Number(/^resumed at (\d+); /.exec(why ?? "")?.[1])

/** A few steps in. */
const underWay = (started: ReturnType<typeof start>): Promise<void> => started.says("step 2 is done")
const straight = run("straight")

describe("a run that is stopped", () => {
  it("by SIGINT ends in order with 130; the next run goes on from the checkpoints to the same content", async () => {
    const started = start("interrupted")
    await underWay(started)
    started.process.kill("SIGINT")
    const stopped = await started.ended
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toContain("stopping; what is done is kept")
    expect(stopped.stdout).toMatch(/2 ran, 0 reused, 0 failed, 3 stopped/)
    const again = await run("interrupted")
    expect(again.code).toBe(0)
    expect(statesOf(again)).toEqual({ words: "reused", display: "reused", "walk/1": "ran", sum: "ran", measure: "ran" })
    expect(resumedAt(again.lines().find((line) => line.node === "walk/1")?.why)).toBeGreaterThan(0)
    expect(hashesOf(again)).toEqual(hashesOf(await straight))
  })

  it("C3: by SIGINT as soon as it says that it runs ends in order too, and tells that all was stopped", async () => {
    for (let i = 0; i < 2; i++) {
      const started = start(`early-${i}`)
      await started.says("walks  5 nodes")
      started.process.kill("SIGINT")
      const { code, stdout, stderr } = await started.ended
      expect([code, stderr.split("\n").slice(2).join("\n")]).toEqual([130, expect.not.stringMatching(/Error|at /)])
      expect(stdout).toMatch(/^0 ran, 0 reused, 0 failed, 5 stopped in /m)
    }
  })

  it("by SIGKILL loses at most what was running since its last checkpoint", async () => {
    const started = start("killed")
    await underWay(started)
    started.process.kill("SIGKILL")
    expect((await started.ended).code).toBeNull()
    const again = await run("killed")
    expect(again.code).toBe(0)
    expect(statesOf(again)).toMatchObject({ words: "reused", display: "reused" })
    expect(resumedAt(again.lines().find((line) => line.node === "walk/1")?.why)).toBeGreaterThan(0)
    expect(hashesOf(again)).toEqual(hashesOf(await straight))
  })

  it("by SIGINT twice ends at once, even when a node does not listen", async () => {
    const started = startCommand(["run", file, "--set", "walk/*.pause=2500", "--set", "walk/*.stubborn=true", "--set", "walk/*.loud=true", "--set", "walks=1", "--store", "twice"], folder.path)
    // In the middle of its second step.
    await started.says("step 1 is done")
    started.process.kill("SIGINT")
    await started.says("stopping")
    await new Promise((done) => setTimeout(done, 450))
    started.process.kill("SIGINT")
    const { code, stdout } = await started.ended
    expect([code, stdout]).toEqual([130, ""])
  })
})
