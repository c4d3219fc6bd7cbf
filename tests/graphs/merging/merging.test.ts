/** The experiments on merging: all of them as one study at its tiny size, from the command line; and that each alone is what it is there. */
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { buildGraph, overridesOf, type Graph, type GraphFile, type Json } from "#src"
import study from "../../../graphs/merging/study.ts"
import { runCommand, scratchFolder } from "../../support/command.ts"

const folder = fileURLToPath(new URL("../../../graphs/merging/", import.meta.url))
const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && file !== "study.ts")
const scratch = scratchFolder()
afterAll(scratch.remove)

const built = (file: GraphFile, overrides: { readonly [target: string]: Json } = {}): Graph => {
  const made = buildGraph(file, overridesOf(overrides))
  if (made._tag === "Left") throw new Error(JSON.stringify(made.left))
  return made.right
}

describe("graphs/merging", () => {
  it("[O4] runs whole, with a table of methods and a verdict on every expectation of each experiment", async () => {
    const ended = await runCommand(["run", `${folder}study.ts`, "--tiny", "--json", "--jobs", "1"], scratch.path)
    expect(ended.code, ended.stdout.slice(-3000) + ended.stderr).toBe(0)
    const line = ended.lines().find(({ type }) => type === "study") as unknown as {
      readonly verdicts: readonly { readonly value: { readonly id: string; readonly outcome: string } }[]
      readonly matrices: readonly { readonly value: { readonly rows: readonly string[] } }[]
    }
    const letters = line.verdicts.map(({ value: { id } }) => id.charAt(0))
    expect(new Set(letters).size).toBe(files.length)
    // One seed decides nothing.
    expect(new Set(line.verdicts.map(({ value: { outcome } }) => outcome))).toEqual(new Set(["INCONCLUSIVE"]))
    for (const { value } of line.matrices) expect(value.rows.length).toBeGreaterThan(1)
    expect(line.matrices.length).toBeGreaterThan(files.length)
  }, 240_000)

  it.each(files)("[G7] %s is the same alone, in its tiny size too", async (file) => {
    const { default: alone, tiny: small } = (await import(`${folder}${file}`)) as { readonly default: GraphFile; readonly tiny: { readonly [target: string]: Json } }
    expect(built(alone, small).nodes.size).toBeGreaterThan(0)
    const nodes = built(study).nodes
    const [first] = [...nodes.keys()].filter((path) => path.startsWith(`${alone.name}/`)).map((path) => path.split("/").slice(0, 2).join("/"))
    const from = (path: string): string => `${first as string}/${path}`
    for (const [path, { kind, params, salt, inputs }] of built(alone).nodes) {
      if (/^(figure|table|claim|verdict)\//.test(path)) continue
      const wired = JSON.parse(JSON.stringify(inputs), (key, value: unknown) => (key === "node" ? from(value as string) : value)) as typeof inputs
      expect(nodes.get(from(path)), path).toMatchObject({ kind, params, salt, inputs: wired })
    }
  })

  it.each([
    // Six networks, three pairs merged in two ways and two of them in one order too, each way measured.
    ["weights", 6 + 3 * 2 * 2 + 2 * 3, 10],
    // Pictures; for either factor three readings, one order, four merges; seven ways measured in five repetitions.
    ["upscaling", 1 + 2 * (3 + 1 + 4) + 2 * 7 * 5, 6],
    // Two readings, one order, four merges; recordings and seven ways measured in five repetitions.
    ["speech", 2 + 1 + 4 + 5 * (1 + 7), 4],
  ])("published/%s.ts has the nodes and the expectations it speaks of", async (file, nodes, expectations) => {
    const { default: graph } = (await import(`${folder}published/${file}.ts`)) as { readonly default: GraphFile }
    const paths = [...built(graph).nodes.keys()]
    expect(paths.filter((path) => !/^(figure|table|claim|verdict)\//.test(path))).toHaveLength(nodes)
    expect(paths.filter((path) => path.startsWith("verdict/"))).toHaveLength(expectations)
  })
})
