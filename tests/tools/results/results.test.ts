/** A study from its run to its page: verdicts, tables with intervals, pictures, facts, and what people write beside them. SPEC O4. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, describe, expect, it } from "vitest"
import { readStudy } from "../../../tools/results/read-study.ts"
import { graphFile, runCommand, scratchFolder, unpromised } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const file = graphFile("small-study.ts")
const results = join("runs", "small-study", "results.jsonl")
const cambium = (...args: string[]) => runCommand(args, folder.path)
const read = (name: string): string => readFileSync(join(folder.path, name), "utf8")

describe("cambium results", () => {
  it("[O4] writes what a study came to, from the results file alone", async () => {
    const run = await cambium("run", file, "--json")
    expect([run.code, unpromised(run)]).toEqual([0, []])
    const study = readStudy(read(results))
    if (E.isLeft(study)) throw new Error(study.left)
    expect(study.right.verdicts.map(({ value }) => [value.id, value.outcome])).toEqual([["2", "INCONCLUSIVE"], ["9", "FAIL"], ["13", "PASS"]])
    expect(study.right.nodes).toBe(41)
    // Six of the runs, an effect and a verdict: less than all of it took.
    for (const { ms, tokens } of study.right.verdicts) expect([ms < study.right.ms, tokens]).toEqual([true, 0])
    expect(study.right.facts.map(([name]) => name)).toEqual(expect.arrayContaining(["commit", "machine", "command", "seed", "versions"]))

    writeFileSync(join(folder.path, "DISCUSSION.md"), "Growth costs bits.\n")
    const written = await cambium("results", results, "--to", "RESULTS.md")
    expect([written.code, written.stdout]).toEqual([0, "RESULTS.md: 3 criteria, 4 pictures\n"])
    const page = read("RESULTS.md")
    for (const part of ["**1 PASS, 1 FAIL, 1 INCONCLUSIVE.**", "### A. Substrate", "**9. FAIL.** The grown model has", "3 seeds and 40 documents", "## Discussion\n\nGrowth costs bits.", "| *chance* | 8 | 8 | 8 |", "![Bits by depth](results/depth.svg)", "- **machine**: "]) {
      expect(page).toContain(part)
    }
    const pictures = ["criteria-A-Substrate.svg", "criteria-C-Growth.svg", "depth.svg", "methods.svg"]
    expect(readdirSync(join(folder.path, "results"))).toEqual(pictures)
    for (const name of pictures) {
      const svg = read(join("results", name))
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="-14 -14 [\d.]+ [\d.]+"/)
      for (const [, colour] of svg.matchAll(/var\((--[\w-]+)\)/g)) expect(svg).toContain(`${colour}: #`)
      expect(svg).not.toContain("NaN")
    }
    expect(read("results/methods.svg")).toContain("2.397")
    for (const part of ["The grown model has at least 5 % fewer bits than the", "✗ FAIL", "✓ PASS", "grown minus monolithic"]) expect(read("results/criteria-C-Growth.svg")).toContain(part)
    expect(read("runs/small-study/report.html")).toContain('<section id="verdicts">')
  }, 60_000)

  it("[O4] a run that is repeated tells the same study, and takes away pictures that are none of it", async () => {
    const before = readStudy(read(results))
    writeFileSync(join(folder.path, "results", "old.svg"), "")
    await cambium("run", file, "--json")
    const after = readStudy(read(results))
    const lasting = (study: typeof after) => E.isRight(study) && { ...study.right, facts: [] }
    expect(lasting(after)).toEqual(lasting(before))
    await cambium("results", results, "--to", "RESULTS.md")
    expect(existsSync(join(folder.path, "results", "old.svg"))).toBe(false)
  }, 60_000)

  it("says what is wrong", async () => {
    expect(readStudy('{"type":"summary"}\n')).toEqual(E.left("no line of it is of a study: expected the results.jsonl of a run whose graph has criteria (metric/verdict)"))
    expect(readStudy('{"type":"study","graph":1}\n')).toEqual(E.left(expect.stringContaining("line 1: graph: expected string, got 1")))
    const missing = await cambium("results", "none.jsonl", "--to", "RESULTS.md")
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("none.jsonl: ")])
    expect((await cambium("results", results)).stderr).toContain("expects --to FILE")
  }, 60_000)
})
