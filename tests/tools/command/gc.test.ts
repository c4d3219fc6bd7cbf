/** `cambium gc` and `cambium verify` on the store of a real run. SPEC W8-W10. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { lmdbTables } from "../../../src/store/lmdb-tables.ts"
import { quotaOf } from "../../../tools/command/keep-quota.ts"
import { graphFile, hashesOf, runCommand, scratchFolder, statesOf, unpromised, type Ended } from "../../support/command.ts"

interface Gc {
  readonly bytes: number
  readonly inUse: number
  readonly evictions: readonly { readonly kind: string; readonly reason: string; readonly bytes: number }[]
  readonly evictedBytes: number
  readonly freed: number | null
}

const folder = scratchFolder()
afterAll(folder.remove)
const cambium = (...args: string[]): Promise<Ended> => runCommand(args, folder.path)
const run = (...args: string[]): Promise<Ended> => cambium("run", graphFile("walks.ts"), "--json", "--jobs", "1", ...args)
const gc = async (...args: string[]): Promise<Gc> => JSON.parse((await cambium("gc", "--json", ...args)).stdout) as Gc

it("W9: refuses what is no store, without making one, and wrong words", async () => {
  for (const command of ["gc", "verify"]) {
    const ended = await cambium(command, "--store", "nowhere")
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([2, "", "there is no store at nowhere; --store says where it is\n"])
  }
  expect(existsSync(join(folder.path, "nowhere"))).toBe(false)
  expect((await cambium("gc", "--quota", "much")).stderr).toContain("--quota: expected a size such as 500MB, 20GB or 1.5TB")
})

describe("a run with a quota", () => {
  const quiet = ["--store", "kept"]
  it("W12: drops what no graph has now, tells what and how long it would take, and leaves what the next run needs", async () => {
    const older = await run(...quiet)
    const newer = await run(...quiet, "--set", "words.limit=3", "--quota", "1")
    expect(newer.code, newer.stderr).toBe(0)
    const told = newer.lines().at(-2) as unknown as { readonly type: string; readonly quota: number; readonly bytes: number; readonly over: number; readonly freed: number; readonly kinds: readonly { readonly kind: string; readonly blobs: number }[] }
    expect(told).toMatchObject({ type: "collected", quota: 1, over: told.bytes - 1 })
    expect(told.freed).toBeGreaterThan(0)
    expect(told.kinds.map(({ kind }) => kind)).toContain("test/walk")
    expect(unpromised(newer)).toEqual([])
    // What is left is what the graph has now.
    expect(await gc(...quiet, "--quota", "0")).toMatchObject({ evictions: [], bytes: told.bytes, inUse: told.bytes })
    expect(new Set(Object.values(statesOf(await run(...quiet, "--set", "words.limit=3"))))).toEqual(new Set(["reused"]))
    expect(hashesOf(await run(...quiet))).toEqual(hashesOf(older))
  })

  it("W12: says so to people, drops nothing without a quota or within it, and takes the variable's where none is given", async () => {
    const told = await cambium("run", graphFile("walks.ts"), ...quiet, "--set", "words.limit=4", "--quota", "1")
    expect(told.stderr).toMatch(/\n[\d.]+ (bytes|kB) dropped to keep the store within 1 byte: .*test\/walk \d+ bytes.*; .* to make again\nthe store is .* over its quota of 1 byte: what is left is in use\n$/)
    for (const quota of [["--quota", "1GB"], ["--quota", "off"], []]) {
      const ended = await run(...quiet, "--set", `words.limit=${5 + quota.length}`, ...quota)
      expect(ended.lines().filter(({ type }) => type === "collected"), quota.join(" ")).toEqual([])
    }
    expect((await cambium("run", graphFile("walks.ts"), ...quiet, "--quota", "much")).stderr).toContain("--quota: expected a size such as 500MB, 20GB or 1.5TB")
    expect(quotaOf(undefined, { CAMBIUM_QUOTA: "2kB" })).toEqual(E.right(2000))
    expect(quotaOf("1kB", { CAMBIUM_QUOTA: "2kB" })).toEqual(E.right(1000))
    for (const none of [quotaOf("off", { CAMBIUM_QUOTA: "2kB" }), quotaOf(undefined, { CAMBIUM_QUOTA: "off" }), quotaOf(undefined, {})]) expect(none).toEqual(E.right(undefined))
    expect(quotaOf(undefined, { CAMBIUM_QUOTA: "much" })).toEqual(E.left('CAMBIUM_QUOTA: expected a size such as 500MB, 20GB or 1.5TB, got "much"'))
    expect((await cambium("gc", ...quiet)).stdout).toContain("runs drop nothing by themselves: run --quota SIZE, or CAMBIUM_QUOTA, has them do it")
  })
})

describe("after two runs of one graph", () => {
  let older: Ended
  beforeAll(async () => {
    older = await run("--name", "baseline")
    await run("--set", "words.limit=3")
  })

  it("W9: a dry run removes nothing; what graphs have now and what named runs had stays; the rest goes", async () => {
    const all = await gc("--quota", "0")
    expect(all.freed).toBeNull()
    // Checkpoints of both runs, in use by none; results of both are.
    expect(new Set(all.evictions.map(({ kind }) => kind))).toEqual(new Set(["checkpoints"]))
    const forgetful = await gc("--quota", "0", "--forget", "baseline")
    expect(forgetful.evictions.map(({ kind }) => kind)).toContain("test/walk")
    expect(forgetful.evictedBytes).toBeGreaterThan(all.evictedBytes)
    expect(forgetful.bytes - forgetful.evictedBytes).toBe(forgetful.inUse)
    // Nothing was forgotten by looking.
    expect(await gc("--quota", "0")).toEqual(all)
    const told = await cambium("gc", "--quota", "0", "--forget", "baseline")
    expect(told.code).toBe(0)
    expect(told.stdout).toMatch(/^\.cambium\/store {2}\d.* in \d+ blobs, \d.* of it in use\n\nwould go +blobs +size +to make again\n/)
    expect(told.stdout).toMatch(/\ntest\/walk +\d+ +\d+ bytes +\d+ ms\n/)
    expect(told.stdout).toMatch(/\nnothing was removed: --yes does it\n$/)
    expect((await cambium("gc", "--forget", "basline")).stderr).toBe("--forget basline: no run of that name is kept; kept are baseline\n")
  })

  it("W8, W9, W11: what went is known by its hash, and the log says so; what the report shows is made again, and what it needs for that", async () => {
    const gone = await gc("--quota", "0", "--forget", "baseline", "--yes")
    expect(gone.freed).toBe(gone.evictedBytes)
    expect(await gc("--quota", "0")).toMatchObject({ evictions: [], bytes: gone.inUse })
    const log = await cambium("log", graphFile("walks.ts"), "walk/1", "--json")
    expect(unpromised(log)).toEqual([])
    expect(log.lines().filter(({ type }) => type === "result").map((line) => (line as { readonly gone?: true }).gone)).toEqual([undefined, true])
    expect((await cambium("log", graphFile("walks.ts"), "walk/1")).stdout).toMatch(/\n[^\n]* known by its hash only[^\n]*\n\nmade of\n/)
    const now = await run("--set", "words.limit=3")
    expect(new Set(Object.values(statesOf(now)))).toEqual(new Set(["reused"]))
    const again = await run()
    expect(again.code).toBe(0)
    expect(hashesOf(again)).toEqual(hashesOf(older))
    expect(again.lines().find(({ node }) => node === "measure")?.value).toEqual(older.lines().find(({ node }) => node === "measure")?.value)
  })

  it("W10: verify reads all of it, removes what is damaged, says whose it was, and exits with 1", async () => {
    expect(await cambium("verify")).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^\.cambium\/store {2}\d+ blobs, .* read\n(\d+ results? .* by hash only\n)?all of it is whole\n$/) as string })
    const hash = hashesOf(older)["sum"]!["numbers"]!
    const tables = lmdbTables(join(folder.path, ".cambium/store/index.mdb"))
    await tables.bytes.put(hash, new Uint8Array([1, 2, 3]))
    await tables.close()
    const found = await cambium("verify")
    expect(found.code).toBe(1)
    expect(found.stdout).toContain(`damaged ${hash.slice(0, 12)}, 3 bytes with hash`)
    expect(found.stdout).toContain("; made by test/scale\n")
    expect(JSON.parse((await cambium("verify", "--json")).stdout)).toMatchObject({ type: "verify", damaged: [], complete: true })
    const repaired = await run("--save", "sum.numbers=sum.json")
    expect(statesOf(repaired)["sum"]).toBe("ran")
    expect(hashesOf(repaired)).toEqual(hashesOf(older))
  })
})
