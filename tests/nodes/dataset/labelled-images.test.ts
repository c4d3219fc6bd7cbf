import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import type { RunContext } from "#src"
import { readIdx } from "../../../nodes/dataset/idx.ts"
import { labelledImages } from "../../../nodes/dataset/labelled-images.ts"
import { scratchFolder } from "../../support/command.ts"

const scratch = scratchFolder()
afterAll(scratch.remove)
const file = (name: string, bytes: Uint8Array): string => {
  const path = join(scratch.path, name)
  writeFileSync(path, bytes)
  return path
}
const header = (...extents: number[]) => [0, 0, 8, extents.length, ...extents.flatMap((n) => [0, 0, 0, n])]

describe("readIdx", () => {
  it("reads bytes of any rank, gzipped or not", async () => {
    const bytes = Uint8Array.of(...header(2, 3), 1, 2, 3, 4, 5, 6)
    for (const path of [file("a", bytes), file("a.gz", gzipSync(bytes))]) expect(await readIdx(path, "")).toMatchObject({ right: { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) } })
  })
  it("says what is wrong", async () => {
    expect(await readIdx(file("short", Uint8Array.of(...header(4), 1)), "r")).toMatchObject({ left: { expected: "12 bytes for [4]", got: "9", remedy: "r" } })
    expect(await readIdx(file("odd", Uint8Array.of(1, 2, 3, 4, 5)), "r")).toMatchObject({ left: { got: "another header" } })
    expect(await readIdx(join(scratch.path, "none"), "r")).toMatchObject({ left: { expected: "a readable IDX file" } })
  })
})

describe("labelledImages", () => {
  const run = async (params: object) => labelledImages.run({}, { corpus: "mnist", folder: "", classes: [], turn: 0, train: 50, validation: 20, test: 30, ...params }, {} as RunContext)
  it("gives MNIST, whole or some classes, in parts that do not meet", async () => {
    const all = await run({}) as Awaited<ReturnType<typeof run>> & { train: { tensors: Record<string, { shape: readonly number[]; data: ArrayLike<number> }> } }
    expect(all.train.tensors["input"]!.shape).toEqual([50, 28, 28])
    for (const part of ["train", "validation", "test"] as const) expect((all as unknown as Record<string, { meta: object }>)[part]!.meta).toMatchObject({ part })
    expect([...Array.from(all.train.tensors["label"]!.data)].slice(0, 5)).toEqual([5, 0, 4, 1, 9])
    const some = await run({ classes: [4, 9] }) as typeof all
    expect(new Set(Array.from(some.train.tensors["label"]!.data))).toEqual(new Set([4, 9]))
    await expect(run({ train: 60_000, validation: 1 })).rejects.toThrow("60000 images for training and validation, 60000 + 1 are asked for")
  })
  it("turns pictures: four times a quarter is none, once moves the top row to the right column", async () => {
    const first = async (turn: number) => Array.from(((await run({ turn })) as { train: { tensors: Record<string, { data: ArrayLike<number> }> } }).train.tensors["input"]!.data).slice(0, 784)
    const [upright, quarter, half] = [await first(0), await first(1), await first(2)]
    expect(half).toEqual([...upright].reverse())
    for (let c = 0; c < 28; c++) expect(quarter[c * 28 + 27]).toBe(upright[c])
    expect(quarter).not.toEqual(upright)
  })
})
