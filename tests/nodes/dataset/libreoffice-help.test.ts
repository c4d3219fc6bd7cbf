import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as E from "fp-ts/lib/Either.js"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { libreofficeFiles, parseBlocks, readLibreoffice } from "../../../nodes/dataset/libreoffice-help.ts"

const page = (blocks: readonly string[]) =>
  `<html><head><title>t</title></head><p dir="auto">Navigation</p>${blocks.join("\n")}<footer><p id="bm_module">x</p></footer></html>`
const sentence = '<p id="par_1" class="x">Click <span class="emph">OK</span>.</p>'
const signal = new AbortController().signal

describe("LibreOffice help", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cambium-help-"))
    const write = async (path: string, blocks: readonly string[]) => {
      await mkdir(join(folder, path, ".."), { recursive: true })
      await writeFile(join(folder, path), page(blocks))
    }
    await write("en-US/shared/a.html", ['<h1 id="hd_1" dir="auto">Filter</h1>', sentence])
    await write("ru/shared/a.html", ['<h1 id="hd_1" dir="auto">Фильтр</h1>', sentence])
    await write("zh-CN/shared/a.html", ['<h1 id="hd_1" dir="auto">Filter</h1>'])
  })
  afterAll(() => rm(folder, { recursive: true }))

  it("takes blocks with paragraph or heading ids and nothing around them", () => {
    expect([...parseBlocks(page(['<p id="par_7" class="y">One <b>two</b></p>']))]).toEqual([["par_7", "One two"]])
  })

  it("aligns pages by path and leaves out what is still English", async () => {
    const read = await readLibreoffice(folder, ["en", "ru", "zh"], () => undefined, signal)
    expect(E.isRight(read) && read.right).toEqual([
      { id: "libreoffice-help/shared/a", locale: "en", source: "libreoffice-help", text: "Filter\nClick OK." },
      { id: "libreoffice-help/shared/a", locale: "ru", source: "libreoffice-help", text: "Фильтр" },
    ])
  })

  it("lists the files it reads, or the missing folder", () => {
    expect(libreofficeFiles(folder, ["en"])).toEqual([join(folder, "en-US", "shared/a.html")])
    expect(libreofficeFiles(join(folder, "none"), ["ru"])).toEqual(["en-US", "ru"].map((language) => join(folder, "none", language)))
  })

  it("stops when it is aborted", async () => {
    await expect(readLibreoffice(folder, ["en"], () => undefined, AbortSignal.abort())).rejects.toThrow(/abort/i)
  })
})
