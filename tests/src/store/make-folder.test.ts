import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { nodeFiles } from "../../../src/store/files.ts"

const dir = mkdtempSync(join(tmpdir(), "cambium-folders-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe("makeFolder", () => {
  it("[W6] makes what is missing, together and again", async () => {
    const deep = join(dir, "a", "b", "c")
    await Promise.all([nodeFiles.makeFolder(deep), nodeFiles.makeFolder(join(dir, "a", "b"))])
    await nodeFiles.makeFolder(deep)
    expect(existsSync(deep)).toBe(true)
  })

  it("[W6] refuses a file in the way", async () => {
    writeFileSync(join(dir, "file"), "")
    await expect(nodeFiles.makeFolder(join(dir, "file"))).rejects.toMatchObject({ code: "EEXIST" })
    await expect(nodeFiles.makeFolder(join(dir, "file", "below"))).rejects.toMatchObject({ code: "ENOTDIR" })
  })

  it.runIf(existsSync("/proc/self"))("[W6] gives up where the system has no place for folders", async () => {
    await expect(nodeFiles.makeFolder("/proc/cambium/store")).rejects.toMatchObject({ code: "ENOENT" })
  })
})
