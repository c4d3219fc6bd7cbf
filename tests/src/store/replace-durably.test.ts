import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { replaceDurably } from "#src"
import { scratchFolder } from "../../support/command.ts"

const folder = scratchFolder()
afterAll(() => folder.remove())

it("puts a text or bytes in the place of what was there, and leaves nothing else", () => {
  const path = join(folder.path, "one")
  replaceDurably(path, "a longer text")
  replaceDurably(path, Uint8Array.of(1, 2, 3), join(folder.path, "by way of this"))
  expect([...readFileSync(path)]).toEqual([1, 2, 3])
  expect(readdirSync(folder.path)).toEqual(["one"])
})

it("throws where it cannot, leaves what was there and nothing else", () => {
  const path = join(folder.path, "two")
  mkdirSync(join(path, "in the way"), { recursive: true })
  expect(() => replaceDurably(path, "text")).toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
  expect(() => replaceDurably(join(folder.path, "none", "three"), "text")).toThrow(/ENOENT/)
  expect(readdirSync(folder.path).sort()).toEqual(["one", "two"])
})
