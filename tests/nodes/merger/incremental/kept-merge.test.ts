/** Merges that keep sums: which nodes run when one thing changes, how many bytes are read for it, and that the result is that of the plain kind. */
import { describe, expect, it } from "vitest"
import { buildGraph, defineKind, graph, integer, makeInlineTransport, memoryStore, ndarray, random, systemClock, text, type Kind, type Output, type Store } from "#src"
import * as plain from "../../../../nodes/merger/data-free-kinds.ts"
import { mergeFisher } from "../../../../nodes/merger/fisher.ts"
import { groupsOf, groupSize, treeOfGroups } from "../../../../nodes/merger/incremental/groups.ts"
import * as kinds from "../../../../nodes/merger/incremental-kinds.ts"
import { leavesOf, sumOver, sumTree } from "../../../../nodes/merger/method/sum-tree.ts"
import * as plainModels from "../../../../nodes/merger/model-kinds.ts"
import { model } from "../../../../nodes/port/model.ts"
import { importance, network } from "../../../../nodes/port/network.ts"
import { tinyModel } from "../../tiny-models.ts"
import { testEngine } from "../../../src/engine/test-engine.ts"

const widths = [40, 60]
const size = 41 * 60
const source = defineKind({
  id: "test/network",
  module: import.meta.url,
  title: "1",
  params: { from: text({ doc: "Seed" }) },
  inputs: {},
  outputs: { network, importance },
  run: (_, { from }) => ({
    importance: {
      meta: { widths },
      tensors: { "layers/0/weight": ndarray("f32", [40, 60], random(`${from}/f`).normals(2400).map((x) => x * x)), "layers/1/bias": ndarray("f32", [60], random(`${from}/g`).normals(60).map((x) => x * x)) },
    },
    network: {
      meta: { widths },
      tensors: { "layers/0/weight": ndarray("f32", [40, 60], random(from).normals(2400)), "layers/1/bias": ndarray("f32", [60], random(`${from}/b`).normals(60)) },
    },
  }),
})

type Params = { readonly [param: string]: unknown }
/** Merges the models by a kind, at "merge". */
const merging = (kind: Kind, models: readonly string[], params: Params, based: boolean, salt = "", weighed = false) => {
  const built = buildGraph(graph("kept", (g) => {
    const add = g.add as unknown as (path: string, kind: unknown, params: object, wires?: object, options?: object) => { readonly network: Output; readonly importance: Output }
    const given = models.map((from, i) => add(`source/${i}`, source, { from }))
    const wires = { models: given.map(({ network }) => network), ...(weighed ? { importances: given.map((one) => one.importance) } : {}), ...(based ? { base: add("base", source, { from: "base" }).network } : {}) }
    add("merge", kind, params, wires, { salt })
  }))
  if (built._tag === "Left") throw new Error(JSON.stringify(built.left))
  return built.right
}

/** Runs it as a new process does, over what the store has. */
const settle = async (store: Store, kind: Kind, models: readonly string[], params: Params, based = false, salt = "", weighed = false) => {
  let read = 0
  const count = <A extends { readonly length: number }>(bytes: A | undefined): A | undefined => ((read += bytes?.length ?? 0), bytes)
  const blobs: Store["blobs"] = {
    ...store.blobs,
    getNow: (hash, bytes) => count(store.blobs.getNow(hash, bytes)),
    get: async (hash, bytes) => {
      const got = await store.blobs.get(hash, bytes)
      if (got._tag === "Right") count(got.right)
      return got
    },
  }
  const { engine, started, events } = testEngine({ store, transport: makeInlineTransport({ blobs, clock: systemClock, capacity: 2 }) })
  engine.commit(merging(kind, models, params, based, salt, weighed))
  await engine.settle()
  const made = events.flatMap((event) => (event.type === "outcome" && ["merge", "merge/merge", "merge/blend", "merge/sums/finish"].includes(event.node) && "outputs" in event.outcome ? [event.outcome.outputs["network"]?.hash] : []))
  await engine.close()
  return { read, ran: started(), hash: made.at(-1), failures: JSON.stringify(events.filter((event) => event.type === "outcome" && !("outputs" in event.outcome))) }
}

const named = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `model-${i}`)
const weights = (count: number): readonly number[] => named(count).map((_, i) => 0.5 + i / (2 * count))

interface Case {
  readonly kept: unknown
  readonly plain: unknown
  readonly count: number
  readonly params?: Params
  /** Values that only what is above all sums, or the blend, looks at. */
  readonly turned?: Params
  /** What runs when the weight of a model moves, when a model is another one, when what is turned is turned. */
  readonly runs: readonly [weight: string | undefined, model: string, turned: string | undefined]
}

// "look", "sum": how many of these nodes; of a model that is another one at most twice the sums, as it and the one that goes may be in two groups.
const cases: { readonly [name: string]: Case } = {
  "linear of 32": { kept: kinds.mergeLinearKept, plain: plain.mergeLinear, count: 32, runs: ["1 sum, finish", "1 look, sums, finish", undefined] },
  "task arithmetic of 32": { kept: kinds.mergeTaskArithmeticKept, plain: plain.mergeTaskArithmetic, count: 32, params: { lambda: 0.3 }, turned: { lambda: 0.7 }, runs: ["1 sum, finish", "1 look, sums, finish", "finish"] },
  "task arithmetic of 8": { kept: kinds.mergeTaskArithmeticKept, plain: plain.mergeTaskArithmetic, count: 8, turned: { lambda: 0.7, normalize: true }, runs: ["1 sum, finish", "1 look, sums, finish", "finish"] },
  "LiNeS of 8": { kept: kinds.mergeLinesKept, plain: plain.mergeLines, count: 8, turned: { beta: 0.2 }, runs: ["1 sum, finish", "1 look, sums, finish", "finish"] },
  "LiNeS by norms of 3": { kept: kinds.mergeLinesKept, plain: plain.mergeLines, count: 3, params: { alpha_from: "norms" }, turned: { beta: 0.2 }, runs: ["1 look, blend", "1 look, blend", "blend"] },
  "SLERP": { kept: kinds.mergeSlerpKept, plain: plain.mergeSlerp, count: 2, turned: { t: 0.25 }, runs: [undefined, "1 look, blend", "blend"] },
  "NuSLERP": { kept: kinds.mergeNuslerpKept, plain: plain.mergeNuslerp, count: 2, runs: ["blend", "1 look, blend", undefined] },
  "multi-SLERP of 3": { kept: kinds.mergeMultislerpKept, plain: plain.mergeMultislerp, count: 3, turned: { normalize_weights: false }, runs: ["blend", "1 look, blend", "blend"] },
  "the Karcher mean of 3": { kept: kinds.mergeKarcherKept, plain: plain.mergeKarcher, count: 3, turned: { max_iter: 1 }, runs: [undefined, "1 look, blend", "blend"] },
  "model stock of 40": { kept: kinds.mergeModelStockKept, plain: plain.mergeModelStock, count: 40, runs: [undefined, "1 look, sums, finish", undefined] },
  "model stock of 18": { kept: kinds.mergeModelStockKept, plain: plain.mergeModelStock, count: 18, runs: [undefined, "1 look, blend", undefined] },
  "variance-corrected mean of 4": { kept: kinds.mergeVarianceCorrectedKept, plain: plain.mergeVarianceCorrected, count: 4, turned: { follow: "self" }, runs: ["blend", "1 look, blend", "blend"] },
  "variance-corrected mean of 24": { kept: kinds.mergeVarianceCorrectedKept, plain: plain.mergeVarianceCorrected, count: 24, turned: { follow: "conservative" }, runs: ["1 sum, finish", "1 look, sums, finish", "finish"] },
  "TIES of 4": { kept: kinds.mergeTiesKept, plain: plain.mergeTies, count: 4, params: { density: [0.4] }, turned: { lambda: 0.5 }, runs: ["blend", "1 look, blend", "blend"] },
  "TIES of 100": { kept: kinds.mergeTiesKept, plain: plain.mergeTies, count: 100, params: { density: [0.4] }, turned: { lambda: 0.5 }, runs: ["1 sum, finish", "1 look, sums, finish", "finish"] },
  "TIES over whole models": { kept: kinds.mergeTiesKept, plain: plain.mergeTies, count: 4, params: { density: [0, 0.4, 1, 0.2], scope: "model" }, turned: { normalize: false }, runs: ["blend", "1 look, blend", "blend"] },
  "breadcrumbs of 4": { kept: kinds.mergeBreadcrumbsKept, plain: plain.mergeBreadcrumbs, count: 4, turned: { lambda: 0.5 }, runs: ["blend", "1 look, blend", "blend"] },
  "breadcrumbs of 16": { kept: kinds.mergeBreadcrumbsKept, plain: plain.mergeBreadcrumbs, count: 16, turned: { lambda: 0.5 }, runs: ["1 sum, finish", "1 look, sums, finish", "finish"] },
  "RAM+ of 3": { kept: kinds.mergeRamPlusKept, plain: plain.mergeRamPlus, count: 3, params: { scope: "model", epsilon: 0.5 }, turned: { r: 0.5, alpha: 0.9 }, runs: [undefined, "1 look, blend", "blend"] },
  "RAM of 40": { kept: kinds.mergeRamKept, plain: plain.mergeRam, count: 40, runs: [undefined, "1 look, sums, finish", undefined] },
}

const first = (params: Params, count: number, hasWeight: boolean): Params => ({ ...params, ...(hasWeight ? { weight: weights(count) } : {}) })
const moved = (params: Params, count: number): Params => ({ ...params, weight: weights(count).map((w, i) => (i === 1 ? 0.125 : w)) })

describe("parts of a merge that are kept", () => {
  it.each(Object.entries(cases))("[M6] %s: what moved runs what looks at it, and gives the bytes of the plain kind", async (_, { kept, plain, count, params = {}, turned, runs: [weight, model, turn] }) => {
    const store = memoryStore(systemClock)
    const based = "base" in (plain as Kind).inputs && (plain as Kind).inputs["base"]?.arity === "one"
    const run = (kind: unknown, of: readonly string[], values: Params) => settle(store, kind as Kind, of, values, based)
    const from = first(params, count, weight !== undefined)
    const all = named(count)
    const begun = await run(kept, all, from)
    expect(begun.hash).toBe((await run(plain, all, from)).hash)
    const another = all.map((name, i) => (i === count - 1 ? "another" : name))
    for (const [now, models, values] of [[weight, all, moved(params, count)], [model, another, from], [turn, all, { ...from, ...turned }]] as const) {
      if (now === undefined) continue
      const next = await run(kept, models, values)
      expect(next.hash).toBe((await run(plain, models, values)).hash)
      expect(next.hash).not.toBe(begun.hash)
      const sums = next.ran.filter((path) => path.startsWith("merge/sums/sum/")).length
      expect(next.ran.filter((path) => path.startsWith("merge/look")).length).toBe(now.includes("1 look") ? 1 : 0)
      expect(sums).toBeLessThanOrEqual(now.includes("sums") ? 4 : now.includes("1 sum") ? 1 : 0)
      expect(sums).toBeGreaterThanOrEqual(now.includes("sum") ? 1 : 0)
      expect(next.ran.filter((path) => ["merge/sums/finish", "merge/blend"].includes(path))).toEqual([now.includes("finish") ? "merge/sums/finish" : "merge/blend"])
      expect(next.ran.filter((path) => path === "merge/merge")).toEqual([])
    }
    expect((await run(kept, all, from)).ran).toEqual([])
  })

  it("[M6] reads less than a merge from scratch where sums are kept: the models of a group, and sums", async () => {
    const store = memoryStore(systemClock)
    const [models, weight] = [named(32), weights(32)]
    const run = (kind: unknown, params: Params) => settle(store, kind as Kind, models, params, kind === kinds.mergeTaskArithmeticKept || kind === plain.mergeTaskArithmetic)
    for (const [kept, scratch, turned] of [[kinds.mergeLinearKept, plain.mergeLinear, undefined], [kinds.mergeTaskArithmeticKept, plain.mergeTaskArithmetic, { lambda: 0.9 }]] as const) {
      await run(kept, { weight })
      const whole = await run(scratch, { weight })
      expect(whole.read).toBeGreaterThan(32 * 4 * size)
      expect((await run(kept, moved({}, 32))).read).toBeLessThan(0.75 * whole.read)
      if (turned !== undefined) expect((await run(kept, { weight, ...turned })).read).toBeLessThan(0.35 * whole.read)
    }
  })

  it("[M6] what is drawn is drawn once for all parts, is another with another salt, and the same from scratch", async () => {
    for (const [kept, count, params] of [[kinds.mergeDareLinearKept, 12, {}], [kinds.mergeDareTiesKept, 3, { rescale: "l1" }], [kinds.mergeDellaKept, 3, { rescale: "l1" }]] as const) {
      const [store, all] = [memoryStore(systemClock), named(count)]
      const run = (models: readonly string[], values: Params, where = store, salt = "") => settle(where, kept as unknown as Kind, models, { ...params, ...values }, true, salt)
      const begun = await run(all, { weight: weights(count) })
      const next = await run(all, moved({}, count))
      expect(next.ran.filter((path) => path.startsWith("merge/look") || path === "merge/draw")).toEqual([])
      const scratch = await run(all, moved({}, count), memoryStore(systemClock))
      expect([next.hash, scratch.ran.includes("merge/draw")]).toEqual([scratch.hash, true])
      const salted = await run(all, { weight: weights(count) }, store, "other")
      expect(salted.hash).not.toBe(begun.hash)
      expect(salted.ran).toContain("merge/draw")
    }
  })

  it("[M6] of 40 models by their Fisher information a coefficient moves one sum, and no importance is looked at again", async () => {
    const store = memoryStore(systemClock)
    const run = (kind: unknown, values: Params) => settle(store, kind as Kind, named(40), values, false, "", true)
    const begun = await run(kinds.mergeFisherKept, { weight: weights(40) })
    expect(begun.hash).toBe((await run(mergeFisher, { weight: weights(40) })).hash)
    const next = await run(kinds.mergeFisherKept, moved({}, 40))
    expect(next.ran.map((path) => path.replace(/\d+$/, ""))).toEqual(["merge/sums/sum/", "merge/sums/finish"])
    expect(next.hash).toBe((await run(mergeFisher, moved({}, 40))).hash)
  })

  it("[M6] language models are described as by the plain kind: by the stages of all, and the least context", async () => {
    const source = defineKind({
      id: "test/language-model", module: import.meta.url, title: "1", params: { from: text({ doc: "Seed" }), context: integer({ min: 1, max: 99, default: 12, doc: "Context" }) }, inputs: {}, outputs: { model },
      run: (_, { from, context }) => ({ model: tinyModel(from, { context }) }),
    })
    for (const [kept, scratch, count] of [[kinds.mergeModelsTiesKept, plainModels.mergeModelsTies, 3], [kinds.mergeModelsTaskArithmeticKept, plainModels.mergeModelsTaskArithmetic, 8]] as const) {
      const built = buildGraph(graph("models", (g) => {
        const add = g.add as unknown as (path: string, kind: unknown, params: object, wires?: object) => { readonly model: Output }
        const given = named(count).map((from, i) => add(`source/${i}`, source, { from, context: i === 1 ? 9 : 12 }).model)
        for (const [path, kind] of [["kept", kept], ["plain", scratch]] as const) add(path, kind, {}, { models: given, base: given[0] })
      }))
      if (built._tag === "Left") throw new Error(JSON.stringify(built.left))
      const store = memoryStore(systemClock)
      const { engine, events } = testEngine({ store, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock, capacity: 2 }) })
      engine.commit(built.right)
      expect(await engine.settle()).toMatchObject({ failed: 0, blocked: 0 })
      const made = new Map(events.flatMap((event) => (event.type === "outcome" && "outputs" in event.outcome ? [[event.node, event.outcome.outputs["model"]?.hash] as const] : [])))
      expect(made.get("kept/blend") ?? made.get("kept/sums/finish")).toBe(made.get("plain"))
      expect(made.has("kept/merge")).toBe(false)
      await engine.close()
    }
  })

  it("[M6] a merge of few models in which nothing is measured is merged at once: keeping sums would read more", async () => {
    const store = memoryStore(systemClock)
    const { ran, hash } = await settle(store, kinds.mergeLinearKept as unknown as Kind, named(4), { weight: weights(4) })
    expect(ran.filter((path) => path.startsWith("merge/"))).toEqual(["merge/merge"])
    expect(hash).toBe((await settle(store, plain.mergeLinear as unknown as Kind, named(4), { weight: weights(4) })).hash)
    expect([3, 13, 16, 64].map((count) => groupSize(count, { model: 4, sums: 8 }))).toEqual([undefined, undefined, 4, 11])
    expect([3, 6, 7, 8].map((count) => groupSize(count, { model: 4, sums: 8 }, true))).toEqual([undefined, undefined, 7, 8])
  })

  it.each([
    ["needs a base model", kinds.mergeModelStockKept, 2, {}],
    ["slerp merges 2 models, got 3", kinds.mergeSlerpKept, 3, {}],
    ["weight has 2 values for 3 models", kinds.mergeTiesKept, 3, { weight: [1, 2] }],
  ])("tells %s before any model is read", async (message, kept, count, params) => {
    if (message === "needs a base model") return expect(() => merging(kept as unknown as Kind, named(count), params, false)).toThrow("base")
    const { ran, failures } = await settle(memoryStore(systemClock), kept as unknown as Kind, named(count), params, count === 3 && message.startsWith("weight"))
    expect(ran.filter((path) => path.startsWith("merge/"))).toEqual([])
    expect(failures).toContain(message)
  })

  it("[M6] groups are sub-trees: added up above them, the same additions are done", () => {
    const models = named(32)
    const tree = sumTree(models)
    for (const most of [1, 2, 5, 31, 32]) {
      const groups = groupsOf(tree, most)
      expect(groups.flat()).toEqual(leavesOf(tree))
      expect(Math.max(...groups.map(({ length }) => length))).toBeLessThanOrEqual(most)
      const written = (of: typeof tree): string => sumOver(of, (i) => `${i}`, (a, b) => `(${a}+${b})`) as string
      const inGroup = (places: readonly number[]): string => sumOver(sumTree(places.map((i) => models[i] as string)), (k) => `${places[k]}`, (a, b) => `(${a}+${b})`) as string
      expect(sumOver(treeOfGroups(tree, most), (k) => inGroup(groups[k] as number[]), (a, b) => `(${a}+${b})`)).toBe(written(tree))
    }
  })
})
