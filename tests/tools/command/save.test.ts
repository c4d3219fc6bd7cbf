import * as E from "fp-ts/lib/Either.js"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { hashBytes } from "#src"
import { documents } from "../../../nodes/port/documents.ts"
import { tokens } from "../../../nodes/port/tokens.ts"
import { graphFile, hashesOf, runCommand, scratchFolder, type Ended } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(folder.remove)
const file = graphFile("walks.ts")
const run = (...args: string[]): Promise<Ended> => runCommand(["run", file, "--json", "--jobs", "1", ...args], folder.path)

describe("cambium run --save", () => {
  it("writes an output as the store holds it, whether it ran or was there, over what was in the file", async () => {
    for (const ended of [await run("--save", "sum.numbers=sum.json"), await run("--save", "sum.numbers=sum.json", "--save", "walk/1.numbers=./walk.json")]) {
      expect(ended.code, ended.stderr).toBe(0)
      expect(hashBytes(readFileSync(join(folder.path, "sum.json")))).toBe(hashesOf(ended)["sum"]?.["numbers"])
    }
    expect(readdirSync(folder.path).filter((name) => /json|tmp|new/.test(name)).sort()).toEqual(["sum.json", "walk.json"])
  })

  it("refuses what is not there before anything runs", async () => {
    const cases: readonly (readonly [string, string])[] = [
      ["sum", "expected NODE.PORT=FILE"],
      ["sums.numbers=a.json", "there is no node called sums; there are words, walk/1, walk/2, sum, measure, display (did you mean sum?)"],
      ["sum.number=a.json", "there is no output of sum called number; there are numbers (did you mean numbers?)"],
      ["sum.numbers=nowhere/a.json", "there is no folder"],
    ]
    for (const [save, message] of cases) {
      const ended = await run("--store", "unused", "--save", save)
      expect([ended.code, ended.stdout]).toEqual([2, ""])
      expect(ended.stderr).toContain(message)
    }
    expect(readdirSync(folder.path)).not.toContain("unused")
  })

  it("S2: writes a stream as its elements joined: tensors as safetensors, the rest as JSON", async () => {
    const graph = fileURLToPath(new URL("../../../graphs/two-experts.ts", import.meta.url))
    const ended = await runCommand(["run", graph, "--tiny", "--set", "text.limit=30000", "--target", "train", "--json", "--save", "train.tokens=tokens.safetensors", "--save", "text.train=text.json"], folder.path)
    expect(ended.code, ended.stderr).toBe(0)
    const text = documents.decode(readFileSync(join(folder.path, "text.json")))
    const written = tokens.decode(readFileSync(join(folder.path, "tokens.safetensors")))
    if (E.isLeft(text) || E.isLeft(written)) throw new Error("not what the ports hold")
    // More than one element of 32.
    expect(text.right.documents.length).toBeGreaterThan(32)
    expect(written.right.meta.documents).toEqual(text.right.documents.map(({ id }) => id))
    const { ids, starts } = written.right.tensors
    expect(starts?.data.at(-1)).toBe(ids?.data.length)
  })

  it("says which file could not be written, and that a failed node has nothing to save", async () => {
    mkdirSync(join(folder.path, "folder"), { recursive: true })
    const inTheWay = await run("--save", "sum.numbers=folder")
    expect(inTheWay.code).toBe(1)
    expect(inTheWay.stderr).toContain("folder: sum.numbers could not be saved: EISDIR")
    const failed = await run("--set", "sum.fail=true", "--save", "sum.numbers=failed.json")
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain("failed.json: not saved, because sum has no result")
    expect(readdirSync(folder.path).filter((name) => /tmp|new|failed/.test(name))).toEqual([])
  })
})
