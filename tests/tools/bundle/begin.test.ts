/** A thread that merges starts before it is known whether the bundle is that of the sources, and works only where it is. SPEC O1. */
import { execFileSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it, vi } from "vitest"
import { begin, cambium } from "../../../tools/cambium.ts"
import { modelTensors, small, writeModel } from "../../nodes/merger/checkpoint/made-models.ts"
import { scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
const said = vi.spyOn(console, "log").mockReturnValue(undefined)
afterAll(() => {
  said.mockRestore()
  folder.remove()
})

for (const name of ["a", "b"]) writeModel(join(folder.path, name), modelTensors(small, name))
const config = join(folder.path, "linear.yml")
writeFileSync(config, "merge_method: linear\nmodels: [{model: a, parameters: {weight: 0.3}}, {model: b, parameters: {weight: 0.7}}]\n")

/** How many threads are started meanwhile. */
const threadsOf = async (work: () => Promise<unknown>): Promise<number> => {
  let started = 0
  const count = (): void => void started++
  process.on("worker", count)
  try {
    await work()
    // It is told of a turn later.
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off("worker", count)
  }
  return started
}

it("[O1] a merge takes the thread that was begun for it, and begins one itself where none was", async () => {
  for (const isAhead of [true, false]) {
    const out = join(folder.path, `begun-${isAhead}`)
    const args = ["merge", config, out, "--jobs", "2", "--json"]
    expect(await threadsOf(async () => expect(await cambium(args, undefined, isAhead ? await begin(args) : undefined)).toBe(0))).toBe(1)
    expect(existsSync(join(out, "model.safetensors"))).toBe(true)
  }
})

it.each([[["merge", "c.yml", "out", "--plan"]], [["merge", "c.yml", "out", "--jobs", "1"]], [["merge", "c.yml", "out", "--jobs", "none"]], [["merge", "--help"]], [["merge"]], [["run", "graph.ts"]], [[]]])("[O1] nothing is begun for %j", async (args) => {
  expect(await threadsOf(async () => expect(await begin(args)).toBeUndefined())).toBe(0)
})

/** What the command does with a bundle that tells what is asked of it, whose sources are as they were or not. */
const doneWith = (isCurrent: boolean): readonly string[] => {
  const root = join(folder.path, isCurrent ? "current" : "stale")
  const [entry, cache] = [join(root, "tools", "cambium.ts"), join(root, "node_modules", ".cache", "cambium")]
  for (const path of [join(root, "tools"), cache]) mkdirSync(path, { recursive: true })
  copyFileSync(fileURLToPath(new URL("../../../tools/cambium.mjs", import.meta.url)), join(root, "tools", "cambium.mjs"))
  const bundle = [
    'export const begin = async ([name]) => (console.log("begin", name), { close: () => console.log("close") })',
    `export const currentTool = () => (console.log("look"), ${isCurrent ? '"id"' : "undefined"})`,
    "export const ignoreBrokenPipes = () => undefined",
    'export const cambium = async (args, id, begun) => (console.log("go on", id, typeof begun?.close), 0)',
  ]
  writeFileSync(join(cache, `tool-${encodeURIComponent(entry).replaceAll("%", "=")}.mjs`), bundle.join("\n"))
  // A bundle is made by packages, of which there are none here.
  const script = `process.on("uncaughtException", ({ code }) => console.log(code)); await import(${JSON.stringify(join(root, "tools", "cambium.mjs"))}).catch(({ code }) => console.log(code))`
  return execFileSync(process.execPath, ["--input-type=module", "-e", script, "--", "cambium", "merge"], { encoding: "utf8" }).trim().split("\n")
}

it("[O1] what is begun comes before the look at the sources, and is closed where these are others", () => {
  expect(doneWith(true)).toEqual(["begin merge", "look", "go on id function"])
  expect(doneWith(false)).toEqual(["begin merge", "look", "close", "ERR_MODULE_NOT_FOUND"])
})
