import { Tokenizer } from "@huggingface/tokenizers"
import * as E from "fp-ts/lib/Either.js"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { fileURLToPath } from "node:url"
import { decodeSafetensors } from "#src"
import { anyDevice } from "../support/any-device.ts"
import { hashesOf, scratchFolder, startCommand, type Ended } from "../support/command.ts"

const file = fileURLToPath(new URL("../../graphs/growing-transformer.ts", import.meta.url))
const scratch = scratchFolder()
afterAll(scratch.remove)

/** What `auto` picks is measured once a store, and need not be the same in two of them: hashes are only compared on one device. */
const any = await anyDevice()
await any.close()

/** The main graph at its tiny size, in a store named `store`. */
const start = (store: string, ...args: readonly string[]) =>
  startCommand(["run", file, "--tiny", "--json", "--store", store, ...(args.includes("--device") ? [] : ["--device", any.name]), ...args], scratch.path)
/** One job at a time, so that one thread alone loads kinds and compiles programs; what is undisturbed ran as many as there are cores. */
const run = (store: string, ...args: readonly string[]): Promise<Ended> => start(store, "--jobs", "1", ...args).ended

const nodesOf = (ended: Ended) => ended.lines().filter(({ type }) => type === "node")
const summaryOf = (ended: Ended) => ended.lines().find(({ type }) => type === "summary")
const whyOf = (ended: Ended, node: string): string | undefined => nodesOf(ended).find((line) => line.node === node)?.why
const pathsIn = (state: string, ended: Ended): readonly string[] => nodesOf(ended).filter((line) => line.state === state).map((line) => line.node as string).sort()
const mixOf = (ended: Ended): { readonly [node: string]: number } =>
  Object.fromEntries(nodesOf(ended).flatMap(({ node, value }) => (value?.["mix"] === undefined ? [] : [[node, value["mix"]]])))

describe("the main graph", () => {
  let first: Ended
  beforeAll(async () => {
    first = await start("main").ended
    expect(first.code, first.stdout + first.stderr).toBe(0)
  }, 180_000)

  it("[K8] runs every key once and values every model in bits per character", () => {
    // Samples that come out equal share the node that makes them readable.
    const keys = new Set(nodesOf(first).map(({ key }) => key))
    expect(summaryOf(first)).toMatchObject({ failed: 0, ran: keys.size, reused: nodesOf(first).length - keys.size })
    expect(pathsIn("reused", first).filter((path) => !path.startsWith("sample/"))).toEqual([])
    const models = ["ru", "zh", "compose", "compose/probability", "compose/posterior", "grow-1", "grow-2", "grow-3"]
    expect(Object.keys(mixOf(first)).sort()).toEqual(models.map((name) => `bits/${name}`).sort())
    for (const { node, value } of nodesOf(first)) {
      if (node?.startsWith("bits/")) expect(Object.keys(value ?? {}).sort(), node).toEqual(["en", "mix", "ru", "zh"])
    }
  })

  it("[P9] executes nothing the second time", async () => {
    const second = await run("main")
    expect(summaryOf(second)).toMatchObject({ ran: 0, failed: 0, reused: nodesOf(first).length })
    expect(hashesOf(second)).toEqual(hashesOf(first))
  })

  it("saves a tokenizer.json that the library of Hugging Face loads, and weights as safetensors", async () => {
    const saved = await run("main", "--save", "tokenizer.tokenizer=tokenizer.json", "--save", "expert/ru.model=ru.safetensors")
    expect(saved.code, saved.stderr).toBe(0)
    const tokenizer = new Tokenizer(JSON.parse(readFileSync(join(scratch.path, "tokenizer.json"), "utf8")) as object, {})
    const text = "The function returns a value."
    expect(tokenizer.decode(tokenizer.encode(text, { add_special_tokens: false }).ids)).toBe(text)
    const weights = decodeSafetensors(readFileSync(join(scratch.path, "ru.safetensors")))
    expect(E.isRight(weights) && weights.right.tensors["head/weight"]?.shape).toEqual([32, 512])
  })

  it("[P2] moves the composition's weight without running an expert, and back for nothing", async () => {
    const moved = await run("main", "--set", "compose.weight=0.3")
    expect(pathsIn("ran", moved)).toEqual(["bits/compose", "compose"])
    expect(whyOf(moved, "compose")).toMatch(/weight.*0\.5.*0\.3/)
    expect(summaryOf(await run("main"))).toMatchObject({ ran: 0 })
  })

  it("[P2] trains only the new stage when the stack grows", async () => {
    const grown = await run("main", "--set", "stages=4")
    expect(pathsIn("ran", grown)).toEqual(["bits/grow-4", "generate/grow-4", "grow/4", "sample/grow-4", "score/grow-4"])
  })

  it("[P2] runs what a change of the tokenizer touches, and not the text", async () => {
    const changed = await run("main", "--set", "tokenizer.size=544")
    expect(pathsIn("reused", changed).filter((path) => !path.startsWith("sample/"))).toEqual(["prompts", "text"])
    expect(whyOf(changed, "expert/ru")).toMatch(/size.*512.*544/)
  }, 120_000)

  it("[W4] continues longer training from where the shorter ended, bit for bit", async () => {
    const steps = ["--set", "expert/ru.steps=20"]
    const [continued, straight] = [await run("main", ...steps), await run("straight", ...steps)]
    expect(whyOf(continued, "expert/ru")).toMatch(/steps.*12.*20/)
    expect(hashesOf(continued)).toEqual(hashesOf(straight))
  }, 180_000)

  it("[K7] gives other models for another seed, on the same substrate", async () => {
    const other = await run("main", "--seed", "1")
    expect(hashesOf(other)["glyphs"]?.["substrate"]).toBe(hashesOf(first)["glyphs"]?.["substrate"])
    expect(hashesOf(other)["expert/ru"]?.["model"]).not.toBe(hashesOf(first)["expert/ru"]?.["model"])
  }, 120_000)

  it("[W3] survives SIGKILL: the next run ends with the hashes of an undisturbed one", async () => {
    // Killed as soon as each of these nodes is done, so that others are running.
    for (const node of ["tokenizer", "glyphs", "expert/ru", "compose"]) {
      const child = start("killed")
      await child.says(`"node":"${node}"`)
      child.process.kill("SIGKILL")
      expect((await child.ended).code).toBe(null)
    }
    const finished = await run("killed")
    expect(finished.code).toBe(0)
    expect(hashesOf(finished)).toEqual(hashesOf(first))
  }, 240_000)

  for (const device of ["gpujs:cpu", "gpujs:webasm", "gpujs:webgpu"]) {
    it(`[D4] gives the same metrics on ${device} within 1e-3 bits, and the same bytes twice`, async ({ skip }) => {
      const once = await run("once", "--device", device)
      skip(device === "gpujs:webgpu" && once.code === 2 && once.stderr.includes("not available here"), `no adapter: ${once.stderr.trim()}`)
      expect(once.code, once.stdout + once.stderr).toBe(0)
      expect(summaryOf(once)?.device).toContain(device)
      expect(hashesOf(await run("twice", "--device", device))).toEqual(hashesOf(once))
      const expected = mixOf(first)
      for (const [node, mix] of Object.entries(mixOf(once))) expect(Math.abs(mix - (expected[node] as number)), node).toBeLessThan(1e-3)
    }, 300_000)
  }
})
