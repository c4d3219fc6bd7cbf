import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as E from "fp-ts/lib/Either.js"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { cutText } from "../../../nodes/dataset/own-files.ts"
import { textFiles } from "../../../nodes/dataset/text-files.ts"
import { elementsOf, runContext } from "./run-context.ts"

describe("node kind dataset/text-files", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cambium-files-"))
    const lines = Array.from({ length: 50 }, (_, i) => `Line ${i} ${"x".repeat(200)}`)
    await writeFile(join(folder, "good.txt"), `\ufeff${lines.join("\r\n")}`)
    await writeFile(join(folder, "latin1.txt"), new Uint8Array([0x63, 0x61, 0x66, 0xe9]))
    await writeFile(join(folder, "empty.txt"), " \n\n")
  })
  afterAll(() => rm(folder, { recursive: true }))

  const run = (name: string) => elementsOf(textFiles.run({}, { files: { en: [join(folder, name)] }, heldOut: 0.2, limit: 0 }, runContext()))

  it("cuts a file into documents of some two thousand characters and holds a share out", async () => {
    const { train, heldOut } = await run("good.txt")
    expect([train, heldOut].map((elements) => elements.map(({ documents }) => documents.length))).toEqual([[4], [1]])
    expect(train[0]?.documents[0]).toMatchObject({ locale: "en", source: "files" })
  })

  it("joins paragraphs until a piece is long enough", () => {
    expect(cutText(["a".repeat(1500), "", "b".repeat(600), "c"].join("\n"))).toEqual([`${"a".repeat(1500)}\n${"b".repeat(600)}`, "c"])
  })

  it("names the file and the param when a file is missing, is no UTF-8, or is empty", async () => {
    await expect(run("gone.txt")).rejects.toMatchObject({ name: "NodeFailure", param: "files" })
    await expect(run("gone.txt")).rejects.toThrow(/gone\.txt: expected a readable text file, got no such file/)
    await expect(run("latin1.txt")).rejects.toThrow(/latin1\.txt: expected UTF-8 text, got 4 bytes that are not UTF-8/)
    await expect(run("empty.txt")).rejects.toThrow(/empty\.txt: expected text, got none/)
  })

  it("says so when there is too little text to hold any out", async () => {
    await writeFile(join(folder, "short.txt"), "One line.")
    await expect(run("short.txt")).rejects.toMatchObject({ name: "NodeFailure", param: "heldOut" })
    await expect(run("short.txt")).rejects.toThrow(/expected two or more documents.*got 1/)
  })

  it("refuses params without a path", () => {
    const refused = (files: unknown) => E.isLeft(textFiles.params.files.codec.decode(files))
    expect([{}, { en: [] }, { en: "book.txt" }, { en: ["book.txt"] }].map(refused)).toEqual([true, true, true, false])
  })

  it("lists the files it depends on", () => {
    expect(textFiles.files?.({ files: { en: ["/a"], ru: ["/b"] }, heldOut: 0.1, limit: 0 })).toEqual(["/a", "/b"])
  })
})
