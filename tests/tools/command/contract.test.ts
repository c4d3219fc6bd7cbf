/** What scripts rely on: lines, values, exit codes, and that only what changed runs. One store, one run after another. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isHash } from "#src"
import { graphFile, hashesOf, runCommand, scratchFolder, startCommand, statesOf, type Ended } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const file = graphFile("walks.ts")
const run = (...args: string[]): Promise<Ended> => runCommand(["run", file, "--jobs", "1", ...args], folder.path)
const nodes = ["display", "measure", "sum", "walk/1", "walk/2", "words"]
const lineOf = (ended: Ended, node: string) => ended.lines().find((line) => line.node === node)

describe("cambium run", () => {
  let first: Ended
  beforeAll(async () => {
    first = await run("--json")
  })

  it("prints one line of JSON a node and a summary last, and exits with 0", () => {
    const lines = first.lines()
    expect([first.code, first.stderr]).toEqual([0, ""])
    expect(lines.slice(0, -1).map((line) => [line.type, line.state])).toEqual(nodes.map(() => ["node", "ran"]))
    expect(lines.slice(0, -1).map((line) => line.node).sort()).toEqual(nodes)
    expect(lines.at(-1)).toEqual({ type: "summary", ran: 6, reused: 0, failed: 0, seconds: expect.any(Number), device: "none", report: join("runs", "walks", "report.html") })
  })

  it("gives every node a reason, a key, a duration and the hashes of its outputs; metrics also their value", () => {
    for (const line of first.lines().slice(0, -1)) {
      expect(line).toMatchObject({ why: "first run", ms: expect.any(Number) })
      expect([line.key, ...Object.values(line.output ?? {})].every(isHash)).toBe(true)
    }
    expect(Object.keys(lineOf(first, "words")?.output ?? {})).toEqual(["words", "table"])
    const { value } = lineOf(first, "measure") ?? {}
    expect(Object.keys(value ?? {}).sort()).toEqual(["max", "mean"])
    expect(value?.["max"]).toBeGreaterThan(value?.["mean"] ?? Number.NaN)
    expect(lineOf(first, "sum")).not.toHaveProperty("value")
  })

  it("leaves a report of everything that can be shown, and the same lines in results.jsonl", async () => {
    const plotted = await run("--json", "--set", "plots=true", "--name", "plotted")
    expect(statesOf(plotted)).toMatchObject({ "walk/1": "reused", "plot/1": "ran", "plot/2": "ran" })
    expect(readFileSync(join(folder.path, "runs/plotted/results.jsonl"), "utf8")).toBe(plotted.stdout)
    const page = readFileSync(join(folder.path, "runs/plotted/report.html"), "utf8")
    for (const text of ["<h1>walks</h1>", "<b>cambium </b>&lt;b&gt;cambium", "Words as pictures", "public domain", "Places", "var(--series-2)"]) expect(page).toContain(text)
    expect(readFileSync(join(folder.path, "runs/walks/results.jsonl"), "utf8")).toBe(first.stdout)
  })

  it("executes nothing the second time, for people too", async () => {
    const second = await run()
    expect(second.code).toBe(0)
    expect(second.stdout).toContain("0 ran, 6 reused, 0 failed")
    expect(second.stdout).toMatch(/Places \(steps, lower is better\)\n +max +mean\nmeasure +\d+\.\d+ +\d+\.\d+\n/)
    expect(second.stderr).toBe("walks  6 nodes, no device needed\n")
  })

  it("runs only what depends on a changed param, and says why", async () => {
    const changed = await run("--json", "--set", "sum.weight=0.25")
    expect(statesOf(changed)).toEqual({ ...Object.fromEntries(nodes.map((node) => [node, "reused"])), sum: "ran", measure: "ran" })
    expect(lineOf(changed, "sum")?.why).toBe("param weight 0.5 -> 0.25")
    expect(lineOf(changed, "measure")?.why).toBe("input numbers from sum changed (param weight 0.5 -> 0.25)")
    expect(lineOf(changed, "measure")?.value?.["max"]).toBeCloseTo((lineOf(first, "measure")?.value?.["max"] ?? 0) / 2)
  })

  it("runs what depends on another seed, and takes the tiny size with --set on top", async () => {
    const tiny = await run("--json", "--tiny", "--set", "walk/1.steps=3", "--seed", "7", "--name", "other")
    expect(statesOf(tiny)).toEqual({ words: "reused", display: "reused", "walk/1": "ran", sum: "ran", measure: "ran" })
    expect(lineOf(tiny, "walk/1")?.why).toMatch(/seed|steps/)
    expect(tiny.lines().at(-1)?.report).toBe(join("runs", "other", "report.html"))
    expect(existsSync(join(folder.path, "runs/other/report.html"))).toBe(true)
  })

  it("goes on from the end when there are more steps, and ends where one long run ends", async () => {
    const longer = await run("--json", "--set", "walk/*.steps=9")
    expect(lineOf(longer, "walk/1")?.why).toMatch(/^resumed at 6; /)
    const straight = await run("--json", "--set", "walk/*.steps=9", "--store", "other-store")
    expect(lineOf(straight, "walk/1")?.why).toBe("first run")
    expect(hashesOf(longer)).toEqual(hashesOf(straight))
  })

  it("exits with 1 when a node fails, after the others are done, and runs only that one again", async () => {
    const failed = await run("--json", "--set", "sum.fail=true", "--set", "walk/2.steps=5")
    expect(failed.code).toBe(1)
    expect(statesOf(failed)).toEqual({ words: "reused", display: "reused", "walk/1": "reused", "walk/2": "ran", sum: "failed", measure: "blocked" })
    expect(lineOf(failed, "sum")).toMatchObject({ error: "asked to fail", param: "fail" })
    expect(lineOf(failed, "measure")?.why).toBe("sum failed")
    expect(failed.lines().at(-1)).toMatchObject({ type: "summary", ran: 1, failed: 1 })
    const mended = await run("--json", "--set", "walk/2.steps=5")
    expect(mended.code).toBe(0)
    expect(lineOf(mended, "walk/2")?.state).toBe("reused")
  })

  it("goes on when whoever reads leaves early", async () => {
    const started = startCommand(["run", file, "--json", "--set", "sum.weight=0.125"], folder.path)
    started.process.stdout?.destroy()
    expect(await started.ended).toMatchObject({ code: 0, stderr: "" })
    expect(statesOf(await run("--json", "--set", "sum.weight=0.125"))).toMatchObject({ sum: "reused" })
  })
})

describe("cambium show", () => {
  it("prints the graph, and its JSON form", async () => {
    const text = await runCommand(["show", file], folder.path)
    expect(text.stdout).toContain("walks  6 nodes  walks 2  plots false")
    expect(text.stdout).toMatch(/sum +test\/scale\n {2}weight 0\.5 \(knob 0 to 1\), fail false, bug false\n {2}numbers <- walk\/1\.numbers, walk\/2\.numbers\n {2}-> numbers\n/)
    const json = JSON.parse((await runCommand(["show", file, "--json", "--tiny"], folder.path)).stdout) as { nodes: { path: string; inputs: object }[] }
    expect(json.nodes.map(({ path }) => path).sort()).toEqual(["display", "measure", "sum", "walk/1", "words"])
    expect(json.nodes.find(({ path }) => path === "sum")?.inputs).toEqual({ numbers: ["walk/1.numbers"] })
  })
})

describe("cambium", () => {
  it("helps, says its version, and knows what was meant", async () => {
    const [help, version, wrong] = await Promise.all([["help", "run"], ["--version"], ["rnu", file]].map((args) => runCommand(args, folder.path)))
    expect(help?.stdout).toContain("usage: cambium run FILE [options]")
    expect(version?.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect([wrong?.code, wrong?.stderr.split("\n")[0]]).toEqual([2, "cambium: there is no command rnu; did you mean run?"])
  })
})
