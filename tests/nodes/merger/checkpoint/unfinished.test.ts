import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { layOut } from "#src"
import { noOverflow } from "../../../../nodes/merger/method/overflow.ts"
import { openUnfinished, unfinishedFolder } from "../../../../nodes/merger/checkpoint/unfinished.ts"
import { testFolder } from "../../../src/checkpoint/made-files.ts"

const folder = testFolder()
const layout = layOut([{ name: "w", dtype: "F32", shape: [4] }])
const meanwhile = "another merge to the same place has begun meanwhile; run again when that is done"

it("[F7] of two merges to one place the one that began last is there, whole; the other one says so", async () => {
  const out = join(folder, "two")
  const first = openUnfinished(out, "first", 1, layout)
  const second = openUnfinished(out, "second", 1, layout)
  await expect(first.save(Uint8Array.of(1), () => [noOverflow])).rejects.toThrow(meanwhile)
  expect(existsSync(join(unfinishedFolder(out), "unfinished.json"))).toBe(false)
  await expect(first.finish({ "made.txt": "by the first" })).rejects.toThrow(meanwhile)
  expect(existsSync(out)).toBe(false)
  await second.finish({ "made.txt": "by the second" })
  expect(readFileSync(join(out, "made.txt"), "utf8")).toBe("by the second")
  for (const one of [first, second]) one.close()
})

it("[F7] of two that go on with the same merge one gives it its name", async () => {
  const out = join(folder, "same")
  const first = openUnfinished(out, "same", 1, layout)
  await first.save(Uint8Array.of(1), () => [noOverflow])
  const second = openUnfinished(out, "same", 1, layout)
  expect([...second.done]).toEqual([1])
  await first.finish({})
  await expect(second.finish({})).rejects.toThrow(meanwhile)
  expect(existsSync(join(out, "model.safetensors"))).toBe(true)
  for (const one of [first, second]) one.close()
})
