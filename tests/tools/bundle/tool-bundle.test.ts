/** The command's own bundle: what is short enough to notice how long it takes to load is one script, which nothing else has to be read for. SPEC O1. */
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"
import { headOf } from "../../../tools/bundle/bundled-file.ts"
import { compiledOf, scriptOf } from "../../../tools/bundle/load-script.ts"
import { makeToolBundle } from "../../../tools/bundle/tool-bundle.ts"
import { scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
const pointer = join(folder.path, "tool.mjs")
let made = ""
beforeAll(async () => {
  const { main } = await makeToolBundle(fileURLToPath(new URL("../../../tools/cambium.ts", import.meta.url)), pointer)
  made = dirname(fileURLToPath(main))
}, 60_000)
afterAll(() => folder.remove())

const text = (name: string): string => readFileSync(join(made, name), "utf8")

/** What a file of a bundle asks for, at once or later. */
const importsOf = (name: string): readonly string[] =>
  [...text(name).matchAll(/\bfrom\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|\bimport\s*"([^"]+)"|\brequire\("([^"]+)"\)|\bimportLater\("([^"]+)"\)/g)].flatMap(([, ...names]) => names.filter((one) => one !== undefined))

it("[O1] merging, and a thread that merges, are a script each that asks for nothing but what Node has; the command leads to it", () => {
  for (const name of ["run-merge.mjs", "seat-thread.cjs"]) {
    for (const file of [name, scriptOf(name)]) {
      const asked = importsOf(file)
      expect(asked.length).toBeGreaterThan(0)
      expect(asked.filter((one) => !isBuiltin(one))).toEqual([])
    }
  }
  // Nobody but the one script has the code, and nobody but the door asks for it.
  expect(readdirSync(made).filter((name) => importsOf(name).includes("./run-merge.mjs"))).toEqual([scriptOf("cambium.mjs")])
  expect(readdirSync(made).filter((name) => text(name).includes("expected a configuration in YAML"))).toEqual([scriptOf("run-merge.mjs")])
})

it("[O1] the door asks at once for nothing but what Node has, and later for files that are there", () => {
  const asked = importsOf(scriptOf("cambium.mjs"))
  const later = asked.filter((one) => !isBuiltin(one))
  expect(later.length).toBeGreaterThan(10)
  expect(later.filter((one) => !readdirSync(made).includes(one.slice("./".length)))).toEqual([])
  // A script that imports by itself could do so in some versions of Node only, and would be told off in others.
  for (const name of readdirSync(made).filter((one) => one.endsWith(".script"))) expect(text(name)).not.toMatch(/\bimport\(/)
})

it("[O1] the core is what the scripts are made of, and what makes them", () => {
  const { stamps, core = 0 } = headOf(pointer) ?? { stamps: [] }
  const isOf = (path: string): ((stamp: readonly unknown[]) => boolean) => ([file]) => String(file).endsWith(path)
  for (const path of ["tools/cambium.ts", "tools/command/merge.ts", "tools/command/run-merge.ts", "nodes/merger/checkpoint/seat-thread.ts", "src/checkpoint/fingerprint.ts", "tools/bundle/load-script.ts", "tools/bundle/make-bundle.ts", "node_modules/fp-ts/package.json"]) {
    expect(stamps.findIndex(isOf(path)), path).toBeGreaterThan(-1)
    expect(stamps.findIndex(isOf(path)), path).toBeLessThan(core)
  }
  expect(stamps.findIndex(isOf("tools/command/live.ts"))).toBeGreaterThanOrEqual(core)
})

it("[O1] processes that load it for the first time at once do not harm each other", async () => {
  const load = `import(${JSON.stringify(pointer)}).then(async ({ cambium }) => { process.exitCode = await cambium(["merge", "--plan", "none.yml", "out"]) })`
  const ended = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ["-e", load], { cwd: folder.path, stdio: ["ignore", "ignore", "pipe"] })
      let said = ""
      child.stderr.on("data", (data: Buffer) => (said += data.toString()))
      const code = await new Promise((resolve) => child.on("close", resolve))
      return { code, said }
    }),
  )
  expect(new Set(ended.map(({ code, said }) => `${String(code)} ${said}`)).size).toBe(1)
  expect(ended[0]?.said).toMatch(/^none\.yml: expected a configuration in YAML, got [^\n]+\n$/)
  expect(readdirSync(made).filter((name) => /\.(compiled|new)$/.test(name))).toEqual(["cambium.mjs", "run-merge.mjs"].map(compiledOf))
}, 30_000)
