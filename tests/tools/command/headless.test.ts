/** Runs for scripts: targets, sweeps, limits of time, reports elsewhere; every line as promised. SPEC G8, E4. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { graphFile, runCommand, scratchFolder, startCommand, statesOf, unpromised, type Ended } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const file = graphFile("walks.ts")
const run = (...args: string[]): Promise<Ended> => runCommand(["run", file, ...args], folder.path)

describe("cambium run", () => {
  it("--target runs what the targets need and nothing else", async () => {
    const ended = await run("--json", "--target", "walk/*", "--report", "targets.html")
    expect([ended.code, statesOf(ended), unpromised(ended)]).toEqual([0, { words: "ran", "walk/1": "ran", "walk/2": "ran" }, []])
    expect(existsSync(join(folder.path, "targets.html"))).toBe(true)
    expect(existsSync(join(folder.path, "runs/walks/report.html"))).toBe(false)
    expect(await run("--target", "walking")).toMatchObject({ code: 2, stderr: expect.stringContaining("--target walking: there is no such node") })
    expect(await run("--report", "nowhere/report.html")).toMatchObject({ code: 2, stderr: expect.stringContaining("--report nowhere/report.html: there is no folder") })
  })

  it("--sweep runs every combination once, what they share once, and ends with a table of their metrics", async () => {
    const swept = await run("--json", "--sweep", "sum.weight=0.25,0.5", "--sweep", "walk/1.steps=6,8")
    expect([swept.code, unpromised(swept)]).toEqual([0, []])
    const states = statesOf(swept)
    expect(Object.keys(states).filter((node) => node.startsWith("walk/1"))).toEqual(["walk/1[steps=6]", "walk/1[steps=8]"])
    expect(Object.keys(states).filter((node) => node.startsWith("measure"))).toHaveLength(4)
    expect(states["walk/2"]).toBe("reused")
    const cells = swept.lines().filter((line) => line.type === "cell") as unknown as readonly { readonly cell: object; readonly metrics: { readonly measure: { readonly max: number } } }[]
    expect(cells.map(({ cell }) => cell)).toEqual([{ weight: 0.25, steps: 6 }, { weight: 0.25, steps: 8 }, { weight: 0.5, steps: 6 }, { weight: 0.5, steps: 8 }])
    expect(cells[2]!.metrics.measure.max).toBeCloseTo(2 * cells[0]!.metrics.measure.max)
    const again = await run("--sweep", "sum.weight=0.25,0.5", "--sweep", "walk/1.steps=6,8")
    expect(again.stdout).toMatch(/measure: Places \(steps, lower is better, \* the best\)\n +max +mean\nweight=0\.25 steps=6 +\d/)
    expect(again.stdout).toMatch(/\n0 ran, 13 reused, 0 failed/)
    const page = readFileSync(join(folder.path, "runs/walks/report.html"), "utf8")
    for (const text of ["<th scope=\"col\">cell</th>", "<th scope=\"row\">weight=0.5 steps=8</th>"]) expect(page).toContain(text)
    const part = await run("--json", "--sweep", "sum.weight=0.25,0.5", "--target", "sum")
    expect(Object.keys(statesOf(part)).filter((node) => !node.startsWith("w"))).toEqual(["sum[weight=0.25]", "sum[weight=0.5]"])
    expect(await run("--sweep", "sum.weight=2,3")).toMatchObject({ code: 2, stderr: expect.stringContaining("param weight: expected") })
  })

  it("L4: --overlay runs what the page showed, --set on top of it, and whatever does not fit stops the run", async () => {
    const overlay = (name: string, changes: object): string => (writeFileSync(join(folder.path, name), JSON.stringify(changes)), name)
    const changed = overlay("changed.json", { set: { "sum.weight": 0.125, "walk/1.steps": 5 }, seed: "3", remove: ["display"] })
    const under = await run("--json", "--overlay", changed)
    const byHand = await run("--json", "--set", "sum.weight=0.125", "--set", "walk/1.steps=5", "--seed", "3", "--store", "by-hand", "--name", "by-hand")
    const hashes = (ended: Ended) => Object.fromEntries(ended.lines().filter(({ type, node }) => type === "node" && node !== "display").map(({ node, output }) => [node, output]))
    expect([under.code, unpromised(under), statesOf(under)["display"]]).toEqual([0, [], undefined])
    expect(hashes(under)).toEqual(hashes(byHand))
    expect(hashes(under)["sum"]).toEqual({ numbers: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect((await run("--overlay", changed)).stdout).toMatch(/^0 ran, /m)
    expect(statesOf(await run("--json", "--overlay", changed, "--set", "sum.weight=0.25"))).toMatchObject({ "walk/1": "reused", sum: "ran" })
    overlay("changed.json", { set: { "sum.weight": 0.5 } })
    expect(statesOf(await run("--json", "--overlay", changed))).toHaveProperty("display")
    expect(await run("--overlay", overlay("old.json", { set: { "gone.weight": 1 } }))).toMatchObject({ code: 2, stderr: expect.stringContaining("under old.json: ") })
    expect(await run("--overlay", overlay("not.json", { set: 3 }))).toMatchObject({ code: 2, stderr: expect.stringContaining("not.json: not an overlay: ") })
    expect(await run("--overlay", "none.json")).toMatchObject({ code: 2, stderr: expect.stringContaining("--overlay none.json: expected a file that the page wrote") })
    expect(await run("--overlay", changed, "--sweep", "sum.weight=0.25,0.5")).toMatchObject({ code: 2, stderr: expect.stringContaining("--sweep does not go with --overlay") })
  })

  it("is no worse off when nobody reads a plan or a log to its end", async () => {
    for (const args of [["run", file, "--plan"], ["log"], ["why", file, "sum"]]) {
      const started = startCommand(args, folder.path)
      started.process.stdout?.destroy()
      expect(await started.ended).toMatchObject({ code: 0, stderr: "" })
    }
  })

  it("E4: --timeout fails a node that runs longer, keeps its checkpoints, and lets the others end", async () => {
    const slow = ["--json", "--set", "walk/1.pause=400", "--set", "walk/1.steps=200", "--store", "slow"]
    const ended = await run(...slow, "--timeout", "6s")
    expect([ended.code, unpromised(ended)]).toEqual([1, []])
    expect(statesOf(ended)).toMatchObject({ "walk/1": "failed", "walk/2": "ran", display: "ran", sum: "blocked" })
    expect(ended.lines().find(({ node }) => node === "walk/1")).toMatchObject({ error: "took longer than the 6000 ms it was given" })
    expect((await run(...slow, "--plan")).lines().find(({ node }) => node === "walk/1")?.why).toMatch(/^failed last time; goes on from \d+$/)
    expect(await run("--timeout", "soon")).toMatchObject({ code: 2, stderr: expect.stringContaining("--timeout: expected a duration such as 90s, 20m or 1.5h") })
  })

  it("E3: --retry says how many more times what fails for a passing reason is tried", async () => {
    const flaky = (log: string, ...args: string[]) => runCommand(["run", graphFile("flaky.ts"), "--json", "--store", log, "--set", `line.log=${join(folder.path, `${log}.txt`)}`, ...args], folder.path)
    const tries = (log: string): number => readFileSync(join(folder.path, `${log}.txt`), "utf8").split("\n").length - 1
    expect([(await flaky("by-itself")).code, tries("by-itself")]).toEqual([0, 3])
    const once = await flaky("once", "--retry", "1")
    expect([once.code, tries("once"), unpromised(once)]).toEqual([1, 2, []])
    expect(once.lines().find(({ node }) => node === "line")).toMatchObject({ state: "failed", error: "attempt 2 found the line busy" })
    expect([(await flaky("never", "--retry", "0")).code, tries("never")]).toEqual([1, 1])
    expect(await flaky("never", "--retry", "often")).toMatchObject({ code: 2, stderr: expect.stringContaining("--retry: expected") })
  })
})
