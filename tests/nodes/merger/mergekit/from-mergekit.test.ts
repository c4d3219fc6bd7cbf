/** A configuration as a graph: its stages run one after another, and again only when something changed. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { firstValueFrom } from "rxjs"
import { expect, it } from "vitest"
import { encodeHalves } from "../../../../src/base/half.ts"
import { ndarray } from "../../../../src/base/ndarray.ts"
import { buildGraph, makeEngine, makeInlineTransport, memoryStore, systemClock } from "../../../../src/index.ts"
import { fromMergekit } from "../../../../nodes/merger/mergekit/from-mergekit.ts"
import { testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { modelTensors, small, writeModel } from "../checkpoint/made-models.ts"

it("[F9] two stages are two nodes; run again, nothing is written; with another model, both", async () => {
  const folder = testFolder()
  for (const name of ["a", "b", "c"]) writeModel(join(folder, name), modelTensors(small, name))
  const pair = (one: string, other: string) => `merge_method: linear\nmodels: [{model: ${one}, parameters: {weight: 1}}, {model: ${other}, parameters: {weight: 1}}]\n`
  const file = fromMergekit(`name: first\n${pair("a", "b")}---\nname: second\n${pair("first", "c")}`, { file: join(folder, "merge.yml"), out: join(folder, "out") })
  if (E.isLeft(file)) throw new Error(file.left.join("\n"))
  const built = buildGraph(file.right)
  if (E.isLeft(built)) throw new Error("no graph")
  const store = memoryStore(systemClock)
  const engine = makeEngine({ store, clock: systemClock, seed: 0, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock }), deviceFamily: async () => "", codeVersion: async () => "1" })
  const written = () => statSync(join(folder, "out", "model.safetensors")).mtimeMs
  try {
    engine.commit(built.right)
    expect(await engine.settle()).toMatchObject({ failed: 0, blocked: 0 })
    const [before, bytes] = [written(), readFileSync(join(folder, "out", "model.safetensors"))]
    engine.commit(built.right)
    expect(await engine.settle()).toMatchObject({ failed: 0 })
    expect(written()).toBe(before)
    writeModel(join(folder, "a"), modelTensors(small, "another"))
    engine.commit(built.right)
    expect(await engine.settle()).toMatchObject({ failed: 0 })
    expect(Buffer.compare(readFileSync(join(folder, "out", "model.safetensors")), bytes)).not.toBe(0)
  } finally {
    await engine.close()
  }
  expect(fromMergekit("merge_method: tias\n", { file: "m.yml", out: "o" })).toMatchObject({ left: [expect.stringContaining("expected one of models, slices and modules, got none"), expect.stringContaining("m.yml:1:15: merge_method")] })
})

it("[F9, F15] a node says which values had no room, again when it only looks", async () => {
  const folder = testFolder()
  const half = (value: number) => ({ "model.norm.weight": ndarray("f16", [2], encodeHalves("f16", Float32Array.of(value, 1))) })
  for (const [name, value] of [["a", 60000], ["b", 6000]] as const) writeModel(join(folder, name), { ...modelTensors(small, name), ...half(value) })
  const file = fromMergekit("merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]\nparameters: {normalize: false}\n", { file: join(folder, "merge.yml"), out: join(folder, "out") })
  if (E.isLeft(file)) throw new Error(file.left.join("\n"))
  const built = buildGraph(file.right)
  if (E.isLeft(built)) throw new Error("no graph")
  for (let i = 0; i < 2; i++) {
    const store = memoryStore(systemClock)
    const engine = makeEngine({ store, clock: systemClock, seed: 0, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock }), deviceFamily: async () => "", codeVersion: async () => "1" })
    try {
      engine.commit(built.right)
      expect(await engine.settle()).toMatchObject({ failed: 0 })
      expect(await firstValueFrom(engine.value$("merge", "infinite"))).toMatchObject({ values: { all: 1 } })
      expect(await firstValueFrom(engine.value$("merge", "overflows"))).toMatchObject({ rows: [["model.norm.weight", 1, "6.600e+4", "1 value of model.norm.weight is beyond float16's range and was written as infinite; out_dtype: bfloat16 or float32 holds it"]] })
    } finally {
      await engine.close()
    }
  }
})

it("[F6, F9] what is wrong with a later stage, and the first, is told at once, before the first is merged; once it is mended both are", async () => {
  const folder = testFolder()
  for (const name of ["a", "b"]) writeModel(join(folder, name), modelTensors(small, name))
  writeModel(join(folder, "c"), modelTensors({ ...small, width: 7 }, "c"))
  const pair = (one: string, other: string) => `merge_method: linear\nmodels: [{model: ${one}, parameters: {weight: 1}}, {model: ${other}, parameters: {weight: 1}}]\n`
  const store = memoryStore(systemClock)
  const engine = makeEngine({ store, clock: systemClock, seed: 0, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock }), deviceFamily: async () => "", codeVersion: async () => "1" })
  const settled = async (yaml: string) => {
    const file = fromMergekit(yaml, { file: join(folder, "merge.yml"), out: join(folder, "out") })
    if (E.isLeft(file)) throw new Error(file.left.join("\n"))
    const built = buildGraph(file.right)
    if (E.isLeft(built)) throw new Error("no graph")
    const failures: string[] = []
    const events = engine.events$.subscribe((event) => {
      if (event.type === "outcome" && event.outcome.state === "failed") failures.push(`${event.node}: ${event.outcome.message}`)
    })
    engine.commit(built.right)
    const { failed, blocked } = await engine.settle()
    events.unsubscribe()
    return { failed, blocked, failures }
  }
  const there = () => ["out", "out.stages"].map((name) => existsSync(join(folder, name)))
  try {
    const two = `name: first\n${pair("a", "b")}---\nname: second\n${pair("first", "c")}`
    const shapes = "c: tensor model.embed_tokens.weight: expected [11, 6], as in first, got [11, 7]"
    expect(await settled(two)).toEqual({ failed: 1, blocked: 1, failures: [expect.stringContaining(`first: ${shapes}`)] })
    const lacking = await settled(two.replace("{model: b,", "{model: missing,").replace("model: first", "model: gone"))
    expect(lacking).toMatchObject({ failed: 1, failures: [expect.stringMatching(/^first: (.*missing.*\n.*gone|.*gone.*\n.*missing)/s)] })
    writeAt(join(folder, "out", "notes.txt"), "mine")
    writeModel(join(folder, "c"), modelTensors(small, "c"))
    expect(await settled(two)).toMatchObject({ failed: 1, failures: [`first: ${join(folder, "out")}: expected a new name or an earlier merge, got a folder that is not one`] })
    expect(there()).toEqual([true, false])
    rmSync(join(folder, "out"), { recursive: true })
    expect(await settled(two)).toEqual({ failed: 0, blocked: 0, failures: [] })
    expect(there()).toEqual([true, true])
    // The first is there and is not merged again: what is wrong with the second is the second's.
    writeModel(join(folder, "c"), modelTensors({ ...small, width: 7 }, "c"))
    expect(await settled(two)).toEqual({ failed: 1, blocked: 0, failures: [expect.stringContaining(`second: ${shapes}`)] })
  } finally {
    await engine.close()
  }
})
