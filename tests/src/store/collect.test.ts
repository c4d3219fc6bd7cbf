/** What a store throws away and what it keeps, and what it finds damaged. SPEC W8-W10. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { hashBytes, type Clock, type Hash } from "#src"
import { collect, planCollection } from "../../../src/store/collect.ts"
import { memoryFiles } from "../../../src/store/memory-files.ts"
import { makeStore } from "../../../src/store/store.ts"
import { memoryTables } from "../../../src/store/tables.ts"
import { verifyStore } from "../../../src/store/verify.ts"

const hour = 60 * 60 * 1000
const now = 1e12

/** A store with results of given sizes and times, by name. */
const filled = async (results: { readonly [name: string]: readonly [bytes: number, ms: number] }) => {
  const files = memoryFiles()
  const tables = memoryTables()
  const clock: Clock = { now: () => 0, wall: () => now }
  const store = makeStore({ dir: "memory:", files, tables, clock })
  const put = async (name: string, bytes: number) => {
    const blob = await store.blobs.put([new Uint8Array(bytes).fill(name.charCodeAt(0))])
    if (E.isLeft(blob)) throw new Error(blob.left.reason)
    return blob.right
  }
  const keys = new Map<string, Hash>()
  const names = new Map<Hash, string>()
  for (const [name, [bytes, ms]] of Object.entries(results)) {
    const key = hashBytes(name)
    const blob = await put(name, bytes)
    keys.set(name, key)
    names.set(blob.hash, name)
    await store.actions.put(key, { outputs: { out: blob }, ms, at: now })
  }
  const goes = async (quota?: number): Promise<readonly string[]> =>
    (await planCollection(store, { now, ...(quota === undefined ? {} : { quota }) })).evictions.map(({ hash }) => names.get(hash) ?? "?")
  return { store, files, tables, put, goes, key: (name: string) => keys.get(name)!, names }
}

describe("what goes", () => {
  // Bytes for a millisecond: a 100, b 10, c 1000, d 1.
  const results = { a: [10_000, 100], b: [10_000, 1000], c: [10_000, 10], d: [1000, 1000] } as const

  it("W9: results go in the order of bytes for the time they cost, until the rest fits the quota", async () => {
    const { goes } = await filled(results)
    expect(await goes()).toEqual([])
    expect(await goes(31_000)).toEqual([])
    expect(await goes(30_999)).toEqual(["c"])
    expect(await goes(15_000)).toEqual(["c", "a"])
    expect(await goes(0)).toEqual(["c", "a", "b", "d"])
  })

  it("W9: what nothing refers to goes first, without a quota too, but not while it may still come to be a result", async () => {
    const { store, files, put, goes } = await filled({ a: [10, 5] })
    const small = await put("x", 20)
    const large = await put("y", 5000)
    expect((await planCollection(store, { now })).evictions.map(({ hash, reason }) => [hash, reason])).toEqual([[large.hash, "unused"], [small.hash, "unused"]])
    const young = makeStore({ dir: "memory:", files: { ...files, modifiedAt: () => now - hour + 1 }, tables: memoryTables(), clock: { now: () => 0, wall: () => now } })
    expect((await planCollection(young, { now })).evictions).toEqual([])
    expect(await goes(0)).toEqual(["?", "?", "a"])
  })

  it("W9: never what graphs have now or had before a run that did not end, what is pinned, what running work reads", async () => {
    const { store, goes, key } = await filled(results)
    await store.notes.put("last", "graph:n1", { key: key("a"), state: "done", before: key("d") })
    await store.notes.put("last", "graph:n2", { key: hashBytes("new"), state: "failed", before: key("c") })
    expect(await goes(0)).toEqual(["b", "d"])
    await store.pins.hold("baseline", [key("b")])
    expect(await goes(0)).toEqual(["d"])
    await store.leases.take([hashBytes("work")], [store.actions.get(key("d"))!.outputs["out"]!.hash])
    expect(await goes(0)).toEqual([])
    expect((await planCollection(store, { now, quota: 0 })).rooted).toBe(31_000)
    await store.leases.giveBack([hashBytes("work")])
    await store.pins.letGo("baseline")
    expect(await goes(0)).toEqual(["b", "d"])
    store.leases.close()
  })

  it("W9: checkpoints go by the time that led to them; the newest of work that was stopped this week stays", async () => {
    const { store, put } = await filled({})
    const [done, stopped, forgotten] = ["done", "stopped", "forgotten"].map((name) => hashBytes(name)) as [Hash, Hash, Hash]
    const save = async (lineage: Hash, name: string, rest: { step: number; end: boolean; at: number }) => {
      const blob = await put(name, 1000)
      await store.checkpoints.add(lineage, { ...blob, ...rest, ms: 100 })
      return blob.hash
    }
    const end = await save(done, "e", { step: 9, end: true, at: now })
    await save(stopped, "s", { step: 4, end: false, at: now - 24 * hour })
    const old = await save(forgotten, "f", { step: 4, end: false, at: now - 8 * 24 * hour })
    const plan = await planCollection(store, { now, quota: 0 })
    expect(new Set(plan.evictions.map(({ hash }) => hash))).toEqual(new Set([end, old]))
    expect(await collect(store, plan, { now })).toBe(2000)
    expect([done, stopped, forgotten].map((lineage) => store.checkpoints.list(lineage).length)).toEqual([0, 1, 0])
  })

  it("W8, W9: what went is known by its hash, costs one run to make again however many outputs went, and can be stopped", async () => {
    const { store, put, key } = await filled({ a: [5000, 70] })
    const outputs = { one: await put("1", 5000), two: await put("2", 5000) }
    await store.actions.put(hashBytes("pair"), { outputs, ms: 30, at: now })
    const plan = await planCollection(store, { now, quota: 0 })
    expect(plan).toMatchObject({ blobs: 3, bytes: 15_000, rooted: 0, freed: 15_000, ms: 100 })
    const stop = new AbortController()
    expect(await collect(store, plan, { now, signal: stop.signal, onProgress: (done) => (done === 1 ? stop.abort() : undefined) })).toBe(5000)
    expect(await collect(store, await planCollection(store, { now, quota: 0 }), { now })).toBe(10_000)
    expect(store.actions.get(key("a"))).toBeDefined()
    expect(store.blobs.has(store.actions.get(key("a"))!.outputs["out"]!)).toBe(false)
    expect((await planCollection(store, { now, quota: 0 })).blobs).toBe(0)
  })

  it("W9: what comes to be a root between the plan and its execution stays", async () => {
    const { store, key } = await filled({ a: [5000, 70] })
    const plan = await planCollection(store, { now, quota: 0 })
    await store.pins.hold("late", [key("a")])
    expect(await collect(store, plan, { now })).toBe(0)
    expect(store.blobs.has(store.actions.get(key("a"))!.outputs["out"]!)).toBe(true)
  })
})

describe("verify", () => {
  it("W10: finds what is damaged, of files and of the index, removes it and names who made it; the rest is whole", async () => {
    const { store, files, tables, key, names } = await filled({ a: [5000, 1], b: [9000, 1], c: [10, 1], d: [20, 1] })
    const hashOf = (name: string): Hash => [...names].find(([, one]) => one === name)![0]
    await files.write(`memory:/blobs/${hashOf("b").slice(0, 2)}/${hashOf("b")}`, [new Uint8Array(9000)], false)
    await tables.bytes.put(hashOf("c"), new Uint8Array(10))
    await store.blobs.remove(hashOf("d"))
    const seen: (readonly [number, number])[] = []
    const found = await verifyStore(store, { onProgress: (done, total) => seen.push([done, total]) })
    expect(found).toMatchObject({ blobs: 3, bytes: 14_010, absent: 1, complete: true })
    expect(found.damaged.map(({ hash, keys }) => [names.get(hash), keys]).sort()).toEqual([["b", [key("b")]], ["c", [key("c")]]])
    expect(seen.at(-1)).toEqual([14_010, 14_010])
    expect(await verifyStore(store)).toMatchObject({ blobs: 1, damaged: [], absent: 3 })
  })

  it("W10: stops when it is told to, and says that it did", async () => {
    const { store } = await filled({ a: [5000, 1], b: [9000, 1] })
    const stop = new AbortController()
    expect(await verifyStore(store, { signal: stop.signal, onProgress: () => stop.abort() })).toMatchObject({ damaged: [], complete: false, blobs: 0 })
    expect(await verifyStore(store)).toMatchObject({ blobs: 2, complete: true })
  })
})
