/** The store on a real folder: blobs, tables, versions and the errors of a disk. SPEC W1-W7. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { describeStoreError, hashBytes, openStore, systemClock, type Clock, type Hash, type Store } from "#src"
import { nodeFiles, type Files } from "../../../src/store/files.ts"
import { openLeases } from "../../../src/store/leases.ts"
import { lmdbTables } from "../../../src/store/lmdb-tables.ts"
import { memoryFiles } from "../../../src/store/memory-files.ts"
import { makeStore, memoryStore } from "../../../src/store/store.ts"
import { memoryTables } from "../../../src/store/tables.ts"

let dir = ""
const opened: Store[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cambium-store-"))
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  await rm(dir, { recursive: true })
})

const open = async (options: Partial<Parameters<typeof openStore>[1]> = {}): Promise<Store> => {
  const store = await openStore(dir, { clock: systemClock, ...options })
  if (E.isLeft(store)) throw new Error(describeStoreError(store.left))
  opened.push(store.right)
  return store.right
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const put = async (store: Store, text: string) => {
  const blob = await store.blobs.put([bytes(text)])
  if (E.isLeft(blob)) throw new Error(describeStoreError(blob.left))
  return blob.right
}
const fileOf = (hash: Hash): string => join(dir, "blobs", hash.slice(0, 2), hash)
const failing = (code: string, ...names: readonly (keyof Files)[]): Files => ({
  ...nodeFiles,
  ...Object.fromEntries(names.map((name) => [name, () => Promise.reject(Object.assign(new Error(`${code}: it happened`), { code }))])),
})

describe("blobs", () => {
  const large = "growing ".repeat(1000)

  it("W1: a blob lies under the SHA-256 of its chunks together, and is written once: small ones in the index, others as files", async () => {
    const store = await open()
    const hash = hashBytes(large)
    expect(await store.blobs.put([bytes(large.slice(0, 7)), bytes(large.slice(7))])).toEqual(E.right({ hash, bytes: large.length }))
    expect(await readFile(fileOf(hash), "utf8")).toBe(large)
    const { mtimeMs, ino } = await stat(fileOf(hash))
    await put(store, large)
    expect(await stat(fileOf(hash))).toMatchObject({ mtimeMs, ino })
    expect(await readdir(join(dir, "tmp"))).toEqual([])
    const read = await store.blobs.get(hash)
    expect(E.isRight(read) && hashBytes(read.right)).toBe(hash)

    expect(await store.blobs.put([bytes("grow"), bytes("ing")])).toEqual(E.right({ hash: hashBytes("growing"), bytes: 7 }))
    // Before it is on the disk, too.
    expect(await store.blobs.get(hashBytes("growing"))).toEqual(E.right(Buffer.from("growing")))
    await opened.pop()!.close()
    expect(await readdir(join(dir, "blobs"))).toEqual([hash.slice(0, 2)])
    expect(await (await open()).blobs.get(hashBytes("growing"))).toEqual(E.right(Buffer.from("growing")))
  })

  it("W1: the memory of chunks may be used again at once, small as they are", async () => {
    for (const store of [await open(), memoryStore(systemClock)]) {
      const chunk = bytes("growing")
      const blob = store.blobs.putNow([chunk])
      chunk.fill(0)
      expect(Buffer.from(store.blobs.getNow(hashBytes("growing"), 7) ?? []).toString()).toBe("growing")
      expect(blob).toEqual({ hash: hashBytes("growing"), bytes: 7 })
    }
    await opened.pop()!.close()
    expect(await (await open()).blobs.get(hashBytes("growing"))).toEqual(E.right(Buffer.from("growing")))
  })

  it("W1: chunks are hashed and written as they are made: never more than two of them are held", async () => {
    const store = await open()
    let written = 0
    let made = 0
    const counting: Files = {
      ...nodeFiles,
      write: (path, chunks, fsync) => nodeFiles.write(path, (async function* () {
        for await (const chunk of chunks) {
          yield chunk
          written += chunk.length
        }
      })(), fsync),
    }
    const limited = await openStore(dir, { clock: systemClock, files: counting })
    if (E.isLeft(limited)) throw new Error("opens")
    opened.push(limited.right)
    const ahead: number[] = []
    const chunks = function* () {
      for (let i = 0; i < 6; i++) {
        ahead.push(made - written)
        const chunk = new Uint8Array(2 ** 20).fill(i)
        made += chunk.length
        yield chunk
      }
    }
    const blob = await limited.right.blobs.put(chunks())
    expect(blob).toMatchObject({ right: { bytes: 6 * 2 ** 20, hash: hashBytes(Buffer.concat([...chunks()])) } })
    expect(Math.max(...ahead.slice(0, 6))).toBeLessThanOrEqual(2 ** 20)
    if (E.isRight(blob)) expect(E.isRight(await store.blobs.get(blob.right.hash))).toBe(true)
  })

  it("W2: a truncated blob is missed by its size; a changed one when it is read, and then removed", async () => {
    const store = await open()
    const blob = await put(store, large)
    expect(store.blobs.has(blob)).toBe(true)
    await truncate(fileOf(blob.hash), 3)
    expect(store.blobs.has(blob)).toBe(false)
    await put(store, large)
    expect(store.blobs.has(blob)).toBe(true)
    await writeFile(fileOf(blob.hash), large.replace("w", "v"))
    expect(store.blobs.has(blob)).toBe(true)
    expect(await store.blobs.get(blob.hash)).toMatchObject({ left: { _tag: "BlobDamaged", hash: blob.hash } })
    expect(store.blobs.has(blob)).toBe(false)
    expect(await store.blobs.get(blob.hash)).toMatchObject({ left: { _tag: "BlobMissing" } })
  })

  it("W1: the empty blob is a blob, as are those around the size of small ones, and fsync changes nothing but safety", async () => {
    const store = await open({ fsync: true })
    for (const size of [0, 4095, 4096, 4097]) {
      const blob = await put(store, "x".repeat(size))
      expect(blob).toEqual({ hash: hashBytes("x".repeat(size)), bytes: size })
      expect(store.blobs.has(blob)).toBe(true)
      expect(await store.blobs.get(blob.hash)).toMatchObject({ right: { length: size } })
    }
  })
})

describe("tables", () => {
  it("W6: traces are found where stores of before had them, and written where they are now", async () => {
    const [older, newer] = [hashBytes("older"), hashBytes("newer")]
    const tables = memoryTables()
    await tables.table("notes").put(`trace:${older}`, { kind: "of before" })
    const { notes } = makeStore({ dir: "memory:", files: memoryFiles(), tables, clock: systemClock })
    notes.postTrace(newer, { kind: "of now" })
    expect([notes.trace(older), notes.trace(newer), tables.table("traces").get(newer)]).toEqual([{ kind: "of before" }, { kind: "of now" }, { kind: "of now" }])
  })

  it("W3, W4, W5: actions, checkpoints and notes outlive the process that wrote them", async () => {
    const key = hashBytes("key")
    const store = await open()
    const blob = await put(store, "a checkpoint")
    await store.actions.put(key, { outputs: { out: blob }, ms: 5, at: 6 })
    await store.actions.put(key, { outputs: {}, ms: 7, at: 8 })
    await store.checkpoints.add(key, { ...blob, step: 3, end: false })
    await store.notes.put("device", "choice", { name: "onnx" })
    await opened.pop()!.close()
    const again = await open()
    expect(again.actions.get(key)).toEqual({ outputs: { out: blob }, ms: 5, at: 6 })
    expect(again.checkpoints.list(key)).toEqual([{ ...blob, step: 3, end: false }])
    expect(again.notes.get("device", "choice")).toEqual({ name: "onnx" })
    await again.actions.remove(key)
    expect(again.actions.get(key)).toBeUndefined()
  })

  it("W4: checkpoints are listed by step as numbers, those below the newest two go with their blobs, ends stay", async () => {
    const store = await open()
    const lineage = hashBytes("lineage")
    for (const step of [2, 9, 10, 100]) await store.checkpoints.add(lineage, { ...(await put(store, `at ${step}`)), step, end: step === 2 })
    expect(store.checkpoints.list(lineage).map(({ step }) => step)).toEqual([2, 10, 100])
    expect(store.blobs.has({ hash: hashBytes("at 9"), bytes: 4 })).toBe(false)
    expect(store.blobs.has({ hash: hashBytes("at 2"), bytes: 4 })).toBe(true)
    await store.checkpoints.add(lineage, { ...(await put(store, "at 2")), step: 2, end: false })
    expect(store.checkpoints.list(lineage)[0]?.end).toBe(true)
  })

  it("behave alike in memory and in lmdb", async () => {
    const tables = [memoryTables(), lmdbTables(join(dir, "alike.mdb"))]
    for (const made of tables) {
      const table = made.table("notes")
      await table.put("b:2", { x: [1, null, "ü"] })
      await table.put("b:1", 1)
      await table.put("c", true)
      expect(table.get("b:2")).toEqual({ x: [1, null, "ü"] })
      expect(table.get("nothing")).toBeUndefined()
      expect(table.keys("b:")).toEqual(["b:1", "b:2"])
      await table.update(["b:1"], ([old]) => [(old as number) + 1])
      await table.update(["b:2"], () => [])
      expect([table.get("b:1"), table.get("b:2")]).toEqual([2, { x: [1, null, "ü"] }])
      await table.remove("c")
      expect(table.keys("")).toEqual(["b:1", "b:2"])
      // What is on its way is read already, and kept in order.
      const coming = [table.put("d", 1), table.put("d", 2), table.add("d", 3, () => true), made.bytes.put("d", new Uint8Array([7]))]
      expect([table.get("d"), made.bytes.get("d")?.[0]]).toEqual([2, 7])
      await Promise.all(coming)
      expect([table.get("d"), made.bytes.get("d")?.[0]]).toEqual([2, 7])
      const going = table.remove("d")
      expect(table.get("d")).toBeUndefined()
      await going
      expect(made.table("actions").keys("")).toEqual([])
      await made.close()
    }
  })
})

describe("leases", () => {
  const clockAt = (at: { wall: number }): Clock => ({ now: () => 0, wall: () => at.wall })

  it("W7: one holder at a time; given back, or its process gone, or long silent, and the next may have it", async () => {
    const table = memoryTables().table("leases")
    const time = { wall: 1e12 }
    let isRunning = true
    const [a, b] = [1, 2].map(() => openLeases(table, clockAt(time), () => isRunning)) as [ReturnType<typeof openLeases>, ReturnType<typeof openLeases>]
    const key = hashBytes("key")
    // Nor twice: work that is still being stopped may not be beside what begins in its place.
    expect([await a.take([key]), await b.take([key]), await a.take([key])]).toEqual([true, false, false])
    // All that are asked for together, or none of them.
    const other = hashBytes("other")
    expect([await b.take([other, key]), await a.take([other]), await b.take([other])]).toEqual([false, true, false])
    await a.giveBack([key])
    expect([await b.take([key]), await a.take([key])]).toEqual([true, false])
    isRunning = false
    expect(await a.take([key])).toBe(true)
    isRunning = true
    // What another took over is not given away by who had it before.
    await b.giveBack([key])
    expect(await b.take([key])).toBe(false)
    time.wall += 31_000
    expect(await b.take([key])).toBe(true)
    a.close()
    b.close()
  })
})

describe("a store that cannot be used", () => {
  it.each([
    ["EROFS", "StoreReadOnly", /is read-only: EROFS/],
    ["ENOSPC", "StoreFull", /is on a full disk: ENOSPC/],
    ["EACCES", "StoreDenied", /may not be written to: EACCES/],
    ["EIO", "StoreBroken", /cannot be used: EIO/],
  ])("W6: %s is %s, with folder and path, on opening", async (code, tag, message) => {
    for (const files of [failing(code, "makeFolder"), failing(code, "write")]) {
      const result = await openStore(dir, { clock: systemClock, files })
      expect(result).toMatchObject({ left: { _tag: tag, dir, path: expect.stringContaining(dir) as string } })
      if (E.isLeft(result)) expect(describeStoreError(result.left)).toMatch(message)
    }
  })

  it("W6: a disk that fills up later is a value of the write, and leaves no half file behind", async () => {
    const store = await open()
    const limited = await openStore(dir, { clock: systemClock, files: { ...failing("ENOSPC", "rename") } })
    if (E.isLeft(limited)) throw new Error("opens")
    opened.push(limited.right)
    const text = "too much ".repeat(1000)
    expect(await limited.right.blobs.put([bytes(text)])).toMatchObject({ left: { _tag: "StoreFull", dir } })
    expect(await readdir(join(dir, "tmp"))).toEqual([])
    expect(store.blobs.has({ hash: hashBytes(text), bytes: text.length })).toBe(false)
  })

  it("W6: the index is not written where the disk has little room, for lmdb would not survive a full one; the disk is looked at again, and more goes for taking out", async () => {
    let free = 2 ** 40
    let now = 0
    const files: Files = { ...nodeFiles, free: () => free }
    const store = await open({ files, clock: { now: () => now, wall: () => 1e12 } })
    const action = { outputs: {}, ms: 1, at: 1 }
    const [first, second, third] = ["first", "second", "third"].map(hashBytes) as [Hash, Hash, Hash]
    expect(await store.actions.put(first, action)).toEqual(E.right(undefined))
    free = 15 * 2 ** 20
    now += 101
    expect(await store.actions.put(second, action)).toMatchObject({ left: { _tag: "StoreFull", dir, reason: expect.stringContaining("no space left") } })
    await expect(store.leases.take([second])).rejects.toMatchObject({ code: "ENOSPC" })
    expect(await store.blobs.put([bytes("small")])).toMatchObject({ right: { bytes: 5 } })
    expect(store.blobs.has({ hash: hashBytes("small"), bytes: 5 })).toBe(false)
    await store.actions.remove(first)
    expect(store.actions.get(first)).toBeUndefined()
    free = 2 ** 40
    expect(await store.actions.put(third, action)).toEqual(E.right(undefined))
    await opened.pop()!.close()
    const again = await open()
    expect([first, second, third].map((key) => again.actions.get(key) !== undefined)).toEqual([false, false, true])
  })

  it("W6: what only looks or makes room opens a store that is there although the disk is full; others do not, and none is made", async () => {
    const full = { files: failing("ENOSPC", "write"), fullToo: true }
    expect(await openStore(dir, { clock: systemClock, ...full })).toMatchObject({ left: { _tag: "StoreFull" } })
    const { hash } = await put(await open(), "growing ".repeat(1000))
    expect(await openStore(dir, { clock: systemClock, ...full, fullToo: false })).toMatchObject({ left: { _tag: "StoreFull" } })
    const store = await open(full)
    await store.blobs.remove(hash)
    await expect(stat(fileOf(hash))).rejects.toMatchObject({ code: "ENOENT" })
    expect(await openStore(dir, { clock: systemClock, files: failing("EROFS", "write"), fullToo: true })).toMatchObject({ left: { _tag: "StoreReadOnly" } })
  })

  it.each([
    ["something else", (index: Buffer) => Buffer.from(index.map((_, i) => i * 7)), "index.mdb is none of lmdb's files"],
    ["the beginning of one", (index: Buffer) => index.subarray(0, 3), "index.mdb is none of lmdb's files"],
    ["one that was cut short", (index: Buffer) => index.subarray(0, 2 * 4096 + 1), "index.mdb is cut short, at 8193 bytes"],
  ])("W6: an index that is %s is told, and ends no process", async (_, damage, reason) => {
    await put(await open(), "growing")
    await opened.pop()!.close()
    const index = join(dir, "index.mdb")
    await writeFile(index, damage(await readFile(index)))
    expect(await openStore(dir, { clock: systemClock })).toMatchObject({ left: { _tag: "StoreBroken", path: index, reason: expect.stringContaining(reason) } })
    await writeFile(index, "")
    expect((await open()).actions.get(hashBytes("none"))).toBeUndefined()
  })

  it("W6: a store of a newer version is left as it is; one that does not say is broken; a file in its place too", async () => {
    const mark = join(dir, "store.json")
    await writeFile(mark, '{"version":99}')
    const result = await openStore(dir, { clock: systemClock })
    expect(result).toMatchObject({ left: { _tag: "StoreNewer", path: mark } })
    expect(await readdir(dir)).toEqual(["store.json"])
    await writeFile(mark, "{")
    expect(await openStore(dir, { clock: systemClock })).toMatchObject({ left: { _tag: "StoreBroken" } })
    expect(await openStore(join(mark, "below"), { clock: systemClock })).toMatchObject({ left: { _tag: "StoreBroken" } })
  })

  it("W6: a store of the first layout is read as it is, and left to this version from then on", async () => {
    const blob = { hash: hashBytes("small, but a file"), bytes: 17 }
    await mkdir(join(dir, "blobs", blob.hash.slice(0, 2)), { recursive: true })
    await writeFile(fileOf(blob.hash), "small, but a file")
    await writeFile(join(dir, "store.json"), '{"version":1}')
    const store = await open()
    expect(store.blobs.has(blob)).toBe(true)
    expect(await store.blobs.get(blob.hash)).toMatchObject({ right: { length: 17 } })
    expect(JSON.parse(await readFile(join(dir, "store.json"), "utf8"))).toEqual({ version: 2 })
  })

  it("sweeps what killed processes left half-written, once it is old", async () => {
    await open()
    const left = join(dir, "tmp", "left")
    await writeFile(left, "half")
    await open()
    expect(await readdir(join(dir, "tmp"))).toEqual(["left"])
    await open({ clock: { ...systemClock, wall: () => Date.now() + 2 * 60 * 60 * 1000 } })
    expect(await readdir(join(dir, "tmp"))).toEqual([])
  })
})
