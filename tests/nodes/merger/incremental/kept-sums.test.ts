/** Merges that keep sums: which nodes run when one thing changes, how many bytes are read for it, and that the result is that of the plain kind. */
import { describe, expect, it } from "vitest"
import { buildGraph, defineKind, graph, makeInlineTransport, memoryStore, ndarray, random, systemClock, text, type Kind, type Output, type Store } from "#src"
import { mergeLinear, mergeTaskArithmetic, mergeTies } from "../../../../nodes/merger/data-free-kinds.ts"
import { groupsOf, groupSize, treeOfGroups } from "../../../../nodes/merger/incremental/groups.ts"
import { mergeLinearKept, mergeTaskArithmeticKept, mergeTiesKept } from "../../../../nodes/merger/incremental-kinds.ts"
import { leavesOf, sumOver, sumTree } from "../../../../nodes/merger/method/sum-tree.ts"
import { network } from "../../../../nodes/port/network.ts"
import { testEngine } from "../../../src/engine/test-engine.ts"

const widths = [40, 60]
const size = 41 * 60
const source = defineKind({
  id: "test/network",
  module: import.meta.url,
  title: "1",
  params: { from: text({ doc: "Seed" }) },
  inputs: {},
  outputs: { network },
  run: (_, { from }) => ({
    network: {
      meta: { widths },
      tensors: { "layers/0/weight": ndarray("f32", [40, 60], random(from).normals(2400)), "layers/0/bias": ndarray("f32", [60], random(`${from}/b`).normals(60)) },
    },
  }),
})

type Params = { readonly weight: readonly number[]; readonly lambda?: number; readonly density?: readonly number[] }
/** Merges the models by a kind, at "merge". */
const merging = (kind: Kind, models: readonly string[], params: Params, based: boolean) => {
  const built = buildGraph(graph("kept", (g) => {
    const add = g.add as unknown as (path: string, kind: unknown, params: object, wires?: object) => { readonly network: Output }
    const given = models.map((from, i) => add(`source/${i}`, source, { from }).network)
    add("merge", kind, params, { models: given, ...(based ? { base: add("base", source, { from: "base" }).network } : {}) })
  }))
  if (built._tag === "Left") throw new Error(JSON.stringify(built.left))
  return built.right
}

/** Runs it as a new process does, over what the store has. */
const settle = async (store: Store, kind: Kind, models: readonly string[], params: Params, based = false) => {
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
  engine.commit(merging(kind, models, params, based))
  expect(await engine.settle()).toMatchObject({ failed: 0, blocked: 0 })
  const made = events.flatMap((event) => (event.type === "outcome" && ["merge", "merge/merge", "merge/sums/finish"].includes(event.node) && "outputs" in event.outcome ? [event.outcome.outputs["network"]?.hash] : []))
  await engine.close()
  return { read, ran: started(), hash: made.at(-1) }
}

const models = Array.from({ length: 32 }, (_, i) => `model-${i}`)
const weight = models.map((_, i) => 0.5 + i / 64)
const cases = [
  ["linear", mergeLinearKept, mergeLinear, false, {}],
  ["task arithmetic", mergeTaskArithmeticKept, mergeTaskArithmetic, true, { lambda: 0.3 }],
  ["TIES", mergeTiesKept, mergeTies, true, { lambda: 0.5, density: [0.4] }],
] as const

describe("sums that are kept", () => {
  it.each(cases)("[M6] %s: a coefficient that moves, or another model, reads its group and the sums, and gives the bytes of the plain kind", async (_, kept, plain, based, rest) => {
    const store = memoryStore(systemClock)
    const run = (kind: unknown, of: readonly string[], weights: readonly number[]) => settle(store, kind as Kind, of, { ...rest, weight: weights }, based)
    const first = await run(kept, models, weight)
    expect(first.hash).toBe((await run(plain, models, weight)).hash)
    const moved = weight.map((w, i) => (i === 7 ? 0.125 : w))
    const second = await run(kept, models, moved)
    // One group, and what is above.
    expect(second.ran.filter((path) => path.startsWith("merge/sums/sum/")).length).toBe(1)
    expect(second.ran.filter((path) => !path.startsWith("merge/sums/"))).toEqual([])
    const scratch = await run(plain, models, moved)
    expect(second.hash).toBe(scratch.hash)
    expect(scratch.read).toBeGreaterThan(32 * 4 * size)
    // Of TIES there are five sums: more to read than the models, and a sixth of them to sort.
    if (kept !== mergeTiesKept) expect(second.read).toBeLessThan(0.72 * scratch.read)
    const replaced = models.map((name, i) => (i === 20 ? "another" : name))
    const third = await run(kept, replaced, moved)
    // The model that goes and the one that comes may be in two groups.
    expect(third.ran.filter((path) => path.startsWith("merge/sums/sum/")).length).toBeLessThanOrEqual(4)
    expect(third.hash).toBe((await run(plain, replaced, moved)).hash)
    expect(third.hash).not.toBe(second.hash)
    expect((await run(kept, models, weight)).ran).toEqual([])
  })

  it("[M6] a merge of few models is merged at once: keeping sums would read more", async () => {
    const store = memoryStore(systemClock)
    const { ran, hash } = await settle(store, mergeLinearKept as unknown as Kind, models.slice(0, 4), { weight: weight.slice(0, 4) })
    expect(ran).toContain("merge/merge")
    expect(hash).toBe((await settle(store, mergeLinear as unknown as Kind, models.slice(0, 4), { weight: weight.slice(0, 4) })).hash)
    expect([3, 13, 16, 64].map((count) => groupSize(count, { model: 4, sums: 8 }))).toEqual([undefined, undefined, 4, 11])
  })

  it("[M6] groups are sub-trees: added up above them, the same additions are done", () => {
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
