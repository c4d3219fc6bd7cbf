import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { memoryStore, systemClock } from "#src"
import { withRecentBlobs } from "../../../src/engine/recent-blobs.ts"
import type { Hash } from "../../../src/base/hash.ts"

const setUp = async (budget: number) => {
  const { blobs } = memoryStore(systemClock)
  let reads = 0
  const counted = { ...blobs, get: (hash: Hash, size?: number) => (reads++, blobs.get(hash, size)) }
  const put = async (length: number, fill: number): Promise<Hash> => {
    const made = await blobs.put([new Uint8Array(length).fill(fill)])
    if (E.isLeft(made)) throw new Error("not written")
    return made.right.hash
  }
  const recent = withRecentBlobs(counted, { from: 10, upTo: 100, budget })
  const first = async (hash: Hash): Promise<number | undefined> => {
    const read = await recent.get(hash)
    return E.isRight(read) ? read.right[0] : undefined
  }
  return { blobs, put, first, reads: () => reads }
}

it("P8: blobs of a middling size are read once, the others each time", async () => {
  const { put, first, reads } = await setUp(1_000)
  const [small, middling, large] = [await put(9, 1), await put(50, 2), await put(101, 3)]
  for (let i = 0; i < 3; i++) expect([await first(small), await first(middling), await first(large)]).toEqual([1, 2, 3])
  expect(reads()).toBe(3 + 1 + 3)
})

it("P8: those that were not read for longest go first, and no more than the budget is held", async () => {
  const { put, first, reads } = await setUp(100)
  const [a, b, c] = [await put(40, 1), await put(40, 2), await put(40, 3)]
  for (const hash of [a, b, a, c]) await first(hash)
  expect(reads()).toBe(3)
  await first(a)
  expect(reads()).toBe(3)
  await first(b)
  expect(reads()).toBe(4)
})

it("P8: what is missing is not held", async () => {
  const { blobs, put, first, reads } = await setUp(100)
  const hash = await put(40, 1)
  await blobs.remove(hash)
  expect(await first(hash)).toBeUndefined()
  expect(await first(hash)).toBeUndefined()
  expect(reads()).toBe(2)
})
