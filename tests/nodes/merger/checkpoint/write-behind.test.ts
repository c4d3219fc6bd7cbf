/** Results written while the next are calculated: no region is given out before what was put there is written. */
import { closeSync, ftruncateSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { closeFiles, makeArena, openDirect, pageBytes } from "#src"
import { makeWriteBehind, roomOfResults } from "../../../../nodes/merger/checkpoint/write-behind.ts"
import { testFolder } from "../../../src/checkpoint/made-files.ts"

const bytes = 2 ** 20

const opened = (count: number) => {
  const path = join(testFolder(), "results")
  const descriptor = openSync(path, "w+")
  ftruncateSync(descriptor, count * bytes + 8)
  const direct = openDirect(path)
  return { path, descriptor, bytes: count * bytes + 8, ...(direct === undefined ? {} : { direct }) }
}

it("[F7] results that take each other's place in memory are all in the file, wherever in a page they begin", async () => {
  const [arena, file, count] = [makeArena(), opened(12), 12]
  const behind = makeWriteBehind(arena)
  for (let i = 0; i < count; i++) {
    // Memory that grows while something is written may move: then it is waited for.
    await behind.makeRoom(bytes, 1000 * i)
    const start = 8 + i * bytes
    const at = await behind.place(start)
    expect(at % pageBytes).toBe(start % pageBytes)
    new Uint8Array(arena.buffer(), at, bytes).fill(i + 1)
    void behind.write(file, start, at, bytes)
  }
  await behind.ended()
  const written = readFileSync(file.path)
  closeFiles([file])
  for (let i = 0; i < count; i++) expect(written.subarray(8 + i * bytes, 8 + (i + 1) * bytes).every((byte) => byte === i + 1)).toBe(true)
})

it("[F5] three results lie in memory at once, or fewer where they are large, and memory that is there is not asked for again", async () => {
  const regions = (bytes: number): number => roomOfResults(bytes) / (bytes + 2 * pageBytes)
  expect([2 ** 23, 2 ** 25, 2 ** 25 + 1, 2 ** 28].map(regions)).toEqual([3, 2, 1, 1])
  const arena = makeArena()
  const behind = makeWriteBehind(arena)
  await behind.makeRoom(bytes, bytes)
  const held = arena.buffer().byteLength
  await behind.makeRoom(bytes / 2, bytes)
  expect(arena.buffer().byteLength).toBe(held)
  const places = [await behind.place(0), await behind.place(0), await behind.place(0), await behind.place(0)]
  expect(new Set(places).size).toBe(3)
  expect(places.map((at) => at % pageBytes)).toEqual([0, 0, 0, 0])
})

it("[F7] a write that fails is told to who asks for its region next", async () => {
  const behind = makeWriteBehind(makeArena())
  const file = opened(1)
  closeSync(file.descriptor)
  if (file.direct !== undefined) closeSync(file.direct)
  await behind.makeRoom(bytes, 0)
  await expect(behind.write({ path: file.path, descriptor: file.descriptor, bytes }, 0, await behind.place(0), bytes)).rejects.toThrow(/results: cannot write: /)
  await behind.place(0)
  await behind.place(0)
  await expect(behind.place(0)).rejects.toThrow(/results: cannot write: /)
})
