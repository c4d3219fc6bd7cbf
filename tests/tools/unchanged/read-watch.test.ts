/** What a watch sees of what is done under it, and that all is as it was afterwards. SPEC O3. */
import childProcess from "node:child_process"
import fs, { existsSync, readFileSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { stampOf } from "../../../tools/bundle/stamp.ts"
import { makeReadWatch, type Reads } from "../../../tools/unchanged/read-watch.ts"

const here = fileURLToPath(import.meta.url)
const missing = join(tmpdir(), "cambium-there-is-no-such-file")
const seen = (act: () => unknown, ...builtins: string[]): Reads => {
  const watch = makeReadWatch()
  watch.rely([], builtins)
  watch.during(act)
  return watch.found()
}

it("O3: sees files and folders by whatever they are looked at, also those that are not there", () => {
  const { stamps, untold } = seen(() => [readFileSync(here), existsSync(missing), fs.realpathSync.native(tmpdir()), fs.readdirSync(new URL(".", import.meta.url)), fs.closeSync(fs.openSync(here, "r"))])
  expect(stamps).toEqual([stampOf(here), [missing], stampOf(tmpdir()), stampOf(join(here, ".."))])
  expect(untold).toBeUndefined()
})

it("O3: looks once at each file, and does not see itself look", () => {
  const { statSync } = fs
  let looks = 0
  const put = (value: unknown): void => {
    Object.assign(fs, { statSync: value })
    syncBuiltinESMExports()
  }
  put((...args: Parameters<typeof statSync>) => (looks++, statSync(...args)))
  try {
    seen(() => [readFileSync(here), readFileSync(here), existsSync(missing), fs.statSync(tmpdir())])
  } finally {
    put(statSync)
  }
  // A look at each, and the one that was asked for.
  expect(looks).toBe(3 + 1)
})

it("O3: sees variables one by one, and gives up where all are listed", () => {
  process.env["CAMBIUM_SEEN"] = "yes"
  expect(seen(() => [process.env["CAMBIUM_SEEN"], "CAMBIUM_NOT_THERE" in process.env])).toEqual({ stamps: [], environment: { CAMBIUM_SEEN: "yes", CAMBIUM_NOT_THERE: null } })
  expect(seen(() => ({ ...process.env })).untold).toBe("all of the environment")
  delete process.env["CAMBIUM_SEEN"]
})

const chances: [what: string, act: () => unknown, module?: string][] = [
  ["Math.random", () => Math.random()],
  ["performance.now", () => performance.now()],
  ["the clock", () => Date.now()],
  ["the clock", () => new Date()],
  ["the clock", () => Date()],
  ["crypto", () => crypto.randomUUID()],
  ["fs.mkdtempSync", () => fs.rmdirSync(fs.mkdtempSync(join(tmpdir(), "cambium-")))],
  ["fs.openSync", () => fs.closeSync(fs.openSync(here, "r+"))],
  ["child_process.spawnSync", () => childProcess.spawnSync("true"), "child_process"],
]

it.each(chances)("O3: gives up at what may be another one each time: %s", (what, act, module = "os") => {
  expect(seen(act, module).untold).toBe(what)
})

it("O3: a fixed date, numbers and bytes are no reason to give up", () => {
  expect(seen(() => [new Date(0).toISOString(), Date.UTC(2020), Math.sqrt(2), Buffer.from("a")])).toEqual({ stamps: [], environment: {} })
})

it("O3: afterwards, and where it fails, everything is as it was and nothing more is seen", async () => {
  const before = [fs.readFileSync, Math.random, Date, process.env, fs.promises.readFile]
  const watch = makeReadWatch()
  let kept: unknown
  await watch.during(async () => {
    kept = fs.readFileSync
    await fs.promises.readFile(here)
  })
  expect(() => watch.during(() => { throw new Error("no") })).toThrow("no")
  expect([fs.readFileSync, Math.random, Date, process.env, fs.promises.readFile]).toEqual(before)
  ;(kept as typeof readFileSync)(missing.replace(/.*/, here))
  Math.random()
  expect(watch.found()).toEqual({ stamps: [stampOf(here)], environment: {} })
})
