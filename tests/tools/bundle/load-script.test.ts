/** Scripts, and what V8 compiled of them. SPEC O1. */
import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join, sep } from "node:path"
import { pathToFileURL } from "node:url"
import { Script } from "node:vm"
import { afterAll, expect, it } from "vitest"
import { compiledOf, scriptOf } from "../../../tools/bundle/load-script.ts"
import { makeScriptBundle } from "../../../tools/bundle/script-bundle.ts"
import { scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(() => folder.remove())

const source = `
  import { sep as separator } from "node:path"
  const here = import.meta
  export const place = here.url
  export const sep = separator
  export const double = (n: number): number => { const twice = (): number => 2 * n; return twice() }
  export const later = (): Promise<unknown> => import("./seven.ts")
`

/** A script in a folder of its own. */
const scriptIn = async (name: string): Promise<string> => {
  const at = join(folder.path, name)
  mkdirSync(at)
  writeFileSync(join(at, "source.ts"), source)
  const { outputs } = await makeScriptBundle("one.mjs", join(at, "source.ts"), (path) => (path.endsWith("seven.ts") ? "seven.mjs" : undefined))
  for (const { name, text } of outputs) writeFileSync(join(at, name), text)
  writeFileSync(join(at, "seven.mjs"), "export const seven = 7\n")
  return join(at, "one.mjs")
}

/** A process has what it compiled before in its memory, and does not look at what is kept: here each begins anew. */
const inProcess = (code: string): unknown => JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }))

/** What is there when the module has been loaded, and what it does. */
const load = (file: string): unknown =>
  inProcess(`const led = await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(JSON.stringify([Object.keys(led), led.place, led.sep, led.double(21), (await led.later()).seven]))`)

const loaded = (file: string): unknown => [["double", "later", "place", "sep"], pathToFileURL(file).href, sep, 42, 7]

/** Whether V8 takes what is kept. */
const isTaken = (file: string): unknown =>
  inProcess(`
    import { readFileSync } from "node:fs"
    import { Script } from "node:vm"
    const script = new Script(readFileSync(${JSON.stringify(scriptOf(file))}, "latin1"), { filename: ${JSON.stringify(scriptOf(file))}, cachedData: readFileSync(${JSON.stringify(compiledOf(file))}) })
    console.log(JSON.stringify(script.cachedDataRejected === false))
  `)

/** Another one after a replacement. */
const inode = (file: string): number => statSync(compiledOf(file)).ino

it("[O1] is what the module is: exports, modules of Node's, its place, what it imports later", async () => {
  const file = await scriptIn("same")
  expect(load(file)).toEqual(loaded(file))
})

it("[O1] what was compiled is kept with the first load, every function of it, and taken by the next", async () => {
  const file = await scriptIn("twice")
  expect(readdirSync(join(folder.path, "twice"))).not.toContain(compiledOf("one.mjs"))
  load(file)
  expect(isTaken(file)).toBe(true)
  // Nothing was called: what is compiled when it is called first is not in this.
  const lazy = new Script(readFileSync(scriptOf(file), "latin1"), { filename: scriptOf(file) }).createCachedData()
  expect(readFileSync(compiledOf(file)).length).toBeGreaterThan(lazy.length)
  const before = inode(file)
  expect(load(file)).toEqual(loaded(file))
  expect(inode(file)).toBe(before)
})

it("[O1] what V8 does not take is not used, and made again with every function", async () => {
  const file = await scriptIn("other")
  load(file)
  const whole = readFileSync(compiledOf(file))
  // The first bytes are of V8's version and flags.
  const spoilt = [Buffer.alloc(0), whole.subarray(0, whole.length / 2), Buffer.concat([Buffer.alloc(32, 7), whole.subarray(32)])]
  for (const bytes of spoilt) {
    writeFileSync(compiledOf(file), bytes)
    const before = inode(file)
    expect(load(file)).toEqual(loaded(file))
    expect(inode(file)).not.toBe(before)
    expect(isTaken(file)).toBe(true)
    expect(readFileSync(compiledOf(file)).length).toBeGreaterThan(0.9 * whole.length)
  }
})

it("[O1] where nothing can be kept it is loaded all the same, and nothing is left behind", async () => {
  const file = await scriptIn("full")
  mkdirSync(join(compiledOf(file), "in the way"), { recursive: true })
  expect(load(file)).toEqual(loaded(file))
  expect(readdirSync(join(folder.path, "full")).sort()).toEqual(["one.mjs", compiledOf("one.mjs"), scriptOf("one.mjs"), "seven.mjs", "source.ts"].sort())
})
