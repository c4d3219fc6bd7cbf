/** Text from files of the user's own, by language: `{ files: { en: ["book.txt"], ru: ["книга.txt"] } }`. */
import { defineStream, structured } from "#src"
import * as t from "io-ts"
import { resolve } from "node:path"
import { corpusOutputs, corpusParams, corpusPorts } from "./corpus-outputs.ts"
import type { Document } from "./document.ts"
import { readOwnFile } from "./own-files.ts"
import { orFail } from "./problem.ts"

type Files = { readonly [locale: string]: readonly string[] }

const fileLists: t.Type<Files> = t.record(t.string, t.readonlyArray(t.string))
const named = (u: unknown): u is Files =>
  fileLists.is(u) && Object.keys(u).length > 0 && Object.values(u).every((paths) => paths.length > 0)

export const textFiles = defineStream({
  id: "dataset/text-files",
  module: import.meta.url,
  title: "Your own text files",
  params: {
    files: structured(new t.Type<Files>("files", named, fileLists.validate, t.identity), {
      doc: "Paths of UTF-8 text files by language, relative to the working directory",
      expected: 'paths by language, such as {"en": ["book.txt"]}',
    }),
    ...corpusParams,
  },
  inputs: {},
  outputs: corpusPorts,
  files: ({ files }) => Object.values(files).flat().map((path) => resolve(path)),
  run: async function* (_, params) {
    const documents: Document[] = []
    for (const [locale, paths] of Object.entries(params.files)) {
      for (const path of paths) documents.push(...orFail(await readOwnFile(path, locale, resolve(path))))
    }
    return yield* corpusOutputs(documents, params)
  },
})
