/** The study at its tiny size: it runs whole, gives a verdict on every criterion, and edits of it run what they touch. */
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildGraph, overridesOf, type Graph } from "#src"
import study, { tiny } from "../../graphs/growing-transformer/study.ts"
import { anyDevice } from "../support/any-device.ts"
import { runCommand, scratchFolder, type Ended } from "../support/command.ts"

const file = fileURLToPath(new URL("../../graphs/growing-transformer/study.ts", import.meta.url))
const scratch = scratchFolder()
afterAll(scratch.remove)

const any = await anyDevice()
await any.close()

const run = (...args: readonly string[]): Promise<Ended> => runCommand(["run", file, "--tiny", "--json", "--store", "study", "--device", any.name, "--jobs", "1", ...args], scratch.path)
const nodesOf = (ended: Ended) => ended.lines().filter(({ type }) => type === "node")
const summaryOf = (ended: Ended) => ended.lines().find(({ type }) => type === "summary")
const trainedIn = (ended: Ended): readonly string[] =>
  nodesOf(ended).flatMap(({ node, state }) => (state === "ran" && node?.includes("/train/") === true ? [node.replace("run[seed=0]/train/", "")] : [])).sort()

const built = (overrides: Readonly<Record<string, number | readonly string[]>> = {}): Graph => {
  const made = buildGraph(study, overridesOf({ ...tiny, ...overrides } as never))
  if (made._tag === "Left") throw new Error(JSON.stringify(made.left))
  return made.right
}

describe("the study", () => {
  let first: Ended
  beforeAll(async () => {
    first = await run()
    expect(first.code, first.stdout.slice(-3000) + first.stderr).toBe(0)
  }, 300_000)

  it("has a verdict on every criterion, made of claims", () => {
    const verdicts = [...built().nodes.keys()].filter((path) => /^verdict\/[^/]+$/.test(path)).map((path) => path.slice("verdict/".length))
    const numbered = verdicts.filter((id) => /^\d+$/.test(id)).map(Number).sort((a, b) => a - b)
    expect(numbered).toEqual(Array.from({ length: 19 }, (_, i) => i + 1))
    expect(summaryOf(first)).toMatchObject({ failed: 0 })
  })

  it("grows in width in every published way, where asked, and judges it", () => {
    const verdict = nodesOf(first).find(({ node }) => node === "verdict/15b")
    expect(verdict?.state).toBe("ran")
    expect([...built().nodes.keys()].filter((path) => path.startsWith("claim/15b/"))).toHaveLength(3)
    const [without, all] = [built({ widening: [] }), built()]
    expect([...without.nodes.keys()].filter((path) => /wide|narrow|15b/.test(path))).toEqual([])
    for (const [path, { params, inputs }] of without.nodes) expect(all.nodes.get(path), path).toMatchObject({ params, inputs })
  })

  it("[O4] says of each verdict how many tokens it took, each model once", () => {
    const study = first.lines().find(({ type }) => type === "study") as unknown as { readonly verdicts: readonly { readonly node: string; readonly tokens: number }[] } | undefined
    const tokens = (id: string) => study?.verdicts.find(({ node }) => node === `verdict/${id}`)?.tokens
    const [step, stage, total] = [2 * 32, 6, 18]
    // Two substrates, each tuned with one rate; and, for the last, two experts of half the steps, and their output layers.
    expect(tokens("2")).toBe(step * 2 * (stage + total))
    expect(tokens("7")).toBe(step * (stage + 2 * (total / 2) + stage))
  })

  it("[K8] shares what arms have in common", () => {
    const distinct = new Set(nodesOf(first).map(({ key }) => key)).size
    expect(distinct).toBeLessThan(nodesOf(first).length)
    expect(summaryOf(first)?.ran).toBeLessThan(nodesOf(first).length)
  })

  it("[P9] executes nothing the second time", async () => {
    expect(summaryOf(await run())).toMatchObject({ ran: 0, failed: 0 })
  }, 60_000)

  it("[P2] a layer more trains that layer and nothing else", async () => {
    const grown = await run("--set", "stages=4")
    expect(grown.code, grown.stderr).toBe(0)
    expect(trainedIn(grown)).toEqual(["begin-random-4", "begin-zero-4", "grown-4"])
    expect(summaryOf(grown)?.["ran"]).toBeLessThan(0.1 * nodesOf(first).length)
  }, 120_000)

  it("[P2] the expert of a third language trains that expert, and the models that have all of its data", async () => {
    const third = await run("--set", 'specialities=["ru","zh","en"]')
    expect(third.code, third.stderr).toBe(0)
    expect(trainedIn(third)).toEqual(["frozen/expert-en", "frozen/expert-layers", "joint-1x", "joint-2x", "own/expert-en", "own/expert-layers"])
  }, 120_000)
})

it("[G7] every seed is arms of its own on the same text, tokenizer and glyphs", () => {
  const [one, three] = [[...built().nodes.keys()], [...built({ seeds: 3 }).nodes.keys()]]
  const inCell = (paths: readonly string[]) => paths.filter((path) => path.startsWith("run[")).length
  expect(inCell(three)).toBe(3 * inCell(one))
  expect(three.length - inCell(three)).toBe(one.length - inCell(one))
})
