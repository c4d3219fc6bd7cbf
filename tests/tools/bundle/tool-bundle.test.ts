/** The command's own bundle: what is short enough to notice how long it takes to load is one file, which nothing else has to be read for. SPEC O1. */
import { readdirSync, readFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it } from "vitest"
import { makeToolBundle } from "../../../tools/bundle/tool-bundle.ts"
import { scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(() => folder.remove())

/** What a module in a bundle asks for, at once or later. */
const importsOf = (text: string): readonly string[] => [...text.matchAll(/\bfrom\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|\bimport\s*"([^"]+)"/g)].flatMap(([, ...names]) => names.filter((name) => name !== undefined))

it("[O1] merging, and a thread that merges, are a file each that asks for nothing but what Node has; the command leads to it", async () => {
  const { main } = await makeToolBundle(fileURLToPath(new URL("../../../tools/cambium.ts", import.meta.url)), join(folder.path, "tool.mjs"))
  const made = dirname(fileURLToPath(main))
  const text = (name: string): string => readFileSync(join(made, name), "utf8")
  expect(readdirSync(made).filter((name) => importsOf(text(name)).includes("./run-merge.js"))).toEqual([expect.stringMatching(/^merge-/)])
  for (const name of ["run-merge.js", "seat-thread.js"]) {
    const asked = importsOf(text(name))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter((one) => !isBuiltin(one))).toEqual([])
  }
  // Nobody but the one file has the command's code.
  expect(readdirSync(made).filter((name) => text(name).includes("expected a configuration in YAML"))).toEqual(["run-merge.js"])
}, 60_000)
