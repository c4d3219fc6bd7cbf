/** What would run, why, and what differs: commands that run nothing. SPEC R6, R7. */
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { graphFile, runCommand, scratchFolder, unpromised, type Ended } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const file = graphFile("walks.ts")
const cambium = (...args: string[]): Promise<Ended> => runCommand(args, folder.path)
const json = (ended: Ended): readonly Record<string, unknown>[] => ended.lines() as unknown as readonly Record<string, unknown>[]
const byNode = (ended: Ended) => Object.fromEntries(json(ended).map((line) => [line["node"], line]))

beforeAll(async () => void (await cambium("run", file, "--json")))

describe("cambium run --plan", () => {
  it("tells what would run, why, and what may be saved; and runs nothing", async () => {
    const plan = await cambium("run", file, "--plan", "--json", "--set", "walk/1.steps=9", "--set", "plots=true")
    expect([plan.code, plan.stderr, unpromised(plan)]).toEqual([0, "", []])
    expect(Object.fromEntries(json(plan).map((line) => [line["node"], line["state"]]))).toMatchObject({ words: "reused", "walk/1": "runs", "walk/2": "reused", sum: "unknown", measure: "unknown", "plot/1": "runs", "plot/2": "runs" })
    expect(byNode(plan)["walk/1"]).toMatchObject({ why: "param steps 6 -> 9; goes on from 6", ms: expect.any(Number), first: [] })
    expect(byNode(plan)["sum"]).toMatchObject({ why: "input numbers from walk/1 changed (param steps 6 -> 9)", key: null, first: ["walk/1"] })
    expect(json(plan).at(-1)).toMatchObject({ type: "plan-summary", runs: 3, unknown: 2, reused: 3, untimed: 0 })
    expect(readdirSync(join(folder.path, "runs"))).toEqual(["walks"])
    // Nothing of it was run: the same is still to be done.
    expect((await cambium("run", file, "--plan", "--json", "--set", "walk/1.steps=9", "--set", "plots=true")).stdout).toBe(plan.stdout)
  })

  it("says it for people too, with the time by past runs", async () => {
    const { stdout } = await cambium("run", file, "--plan", "--set", "walk/2.steps=12", "--jobs", "1")
    expect(stdout).toMatch(/^walks {2}1 would run, 2 may run, 3 reused\n\nruns +walk\/2 +\d+ ms +param steps 6 -> 12; goes on from 6\nmay run +sum /)
    expect(stdout).toMatch(/\nabout \d+ ms on 1 core.*\n\d+ ms of work, the longest chain \d+ ms\n$/)
    expect((await cambium("run", file, "--plan")).stdout).toBe("walks  0 would run, 6 reused\n")
  })
})

describe("cambium why", () => {
  it("names what changed, followed back to the edit", async () => {
    const why = await cambium("why", file, "measure", "--set", "sum.weight=0.25", "--json")
    expect([why.code, unpromised(why)]).toEqual([0, []])
    expect(json(why)[0]).toMatchObject({
      state: "unknown",
      because: [
        { node: "measure", changes: [{ kind: "Input", text: "input numbers from sum changed" }] },
        { node: "sum", changes: [{ kind: "Param", text: "param weight 0.5 -> 0.25" }] },
      ],
    })
    expect((await cambium("why", file, "sum", "--set", "sum.weight=0.25")).stdout).toBe("sum would run.\n  param weight 0.5 -> 0.25\n")
    expect((await cambium("why", file, "measure")).stdout).toMatch(/^measure is up to date, made just now in \d+ ms\.\nIt was its first result\.\n$/)
    expect((await cambium("why", file, "walk/1", "--seed", "5")).stdout).toBe("walk/1 would run.\n  seed changed\n")
    expect(await cambium("why", file, "measrue")).toMatchObject({ code: 2, stderr: expect.stringContaining("(did you mean measure?)") })
  })

  it("names the files of changed code, and not those where only a comment changed", async () => {
    // A project of its own, so that its files may be edited.
    const root = fileURLToPath(new URL("../../..", import.meta.url))
    const project = join(folder.path, "project")
    for (const part of ["package.json", "tsconfig.json", "src"]) cpSync(join(root, part), join(project, part), { recursive: true })
    cpSync(dirname(file), join(project, "graphs"), { recursive: true })
    symlinkSync(join(root, "node_modules"), join(project, "node_modules"))
    const own = join(project, "graphs/walks.ts")
    const edit = (name: string, change: (text: string) => string): void => writeFileSync(join(project, name), change(readFileSync(join(project, name), "utf8")))
    await cambium("run", own, "--store", "own", "--json")
    edit("src/base/assert.ts", (text) => `// A comment.\n${text}`)
    expect((await cambium("run", own, "--store", "own", "--plan")).stdout).toBe("walks  0 would run, 6 reused\n")
    edit("graphs/kinds.ts", (text) => text.replace("Math.max(...xs) }", "Math.max(...xs) + 1 }"))
    expect((await cambium("why", own, "measure", "--store", "own")).stdout).toMatch(/^measure would run\.\n {2}code changed: graphs\/kinds\.ts\n/)
  })
})

describe("cambium diff", () => {
  it("lists what is added, removed, changed and rewired, and what the second would run", async () => {
    const diff = await cambium("diff", file, "--json", "--set", "plots=true", "--set", "walks=1", "--set", "sum.weight=0.75")
    expect([diff.code, unpromised(diff)]).toEqual([0, []])
    expect(json(diff)).toEqual([
      { type: "diff", node: "walk/2", state: "removed", kind: "test/walk" },
      { type: "diff", node: "plot/1", state: "added", kind: "test/plot" },
      { type: "diff", node: "sum", state: "changed", changes: ["param weight 0.5 -> 0.75", "input numbers walk/1.numbers, walk/2.numbers -> walk/1.numbers"] },
      { type: "diff-summary", added: 1, removed: 1, changed: 1, runs: ["sum", "plot/1"], unknown: ["measure"], wallMs: expect.any(Number) },
    ])
  })

  it("compares with a past run by its name", async () => {
    await cambium("run", file, "--json", "--set", "sum.weight=0.125", "--name", "eighth")
    expect((await cambium("diff", "eighth", file)).stdout).toBe("~ sum  param weight 0.125 -> 0.5\n\nnothing would run: every result is in the store\n")
    expect((await cambium("diff", file, file)).stdout).toBe("no difference\n")
    expect(await cambium("diff", file, "ninth")).toMatchObject({ code: 2, stderr: "ninth: expected a graph file or the name of a past run that ended; there are the runs eighth, walks\n" })
    expect(await cambium("diff", "ninth", "--store", "empty")).toMatchObject({ code: 2, stderr: "ninth: expected a graph file or the name of a past run that ended; there are no runs yet\n" })
  })
})
