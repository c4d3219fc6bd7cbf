/**
 * English, Russian and Chinese prose, aligned by document: from npm packages that are installed anyway, or, larger, from
 * LibreOffice's help, which `npx cambium data libreoffice-help` fetches.
 */
import { choice, defineStream, structured, text, type RunContext } from "#src"
import * as t from "io-ts"
import { resolve } from "node:path"
import { corpusOutputs, corpusParams, corpusPorts } from "./corpus-outputs.ts"
import { locales, type Document, type Locale } from "./document.ts"
import { libreofficeFiles, readLibreoffice } from "./libreoffice-help.ts"
import { npmCorpusFiles, readNpmCorpus } from "./npm-corpus.ts"
import { orFail } from "./problem.ts"

const localeList = t.readonlyArray(t.union([t.literal("en"), t.literal("ru"), t.literal("zh")]))
const someLocales = (u: unknown): u is readonly Locale[] => localeList.is(u) && u.length > 0

const params = {
  corpus: choice(["npm", "libreoffice-help"], { default: "npm", doc: "Where the text comes from" }),
  locales: structured(new t.Type<readonly Locale[]>("locales", someLocales, localeList.validate, t.identity), {
    default: [...locales],
    doc: "Languages of the text",
    expected: 'a list with one or more of "en", "ru", "zh"',
  }),
  ...corpusParams,
  folder: text({ default: ".cambium/data/libreoffice-help", doc: "Folder with LibreOffice's help, where corpus is libreoffice-help" }),
}

type Wanted = { readonly corpus: string; readonly folder: string; readonly locales: readonly Locale[] }

const read = async ({ corpus, folder, locales: wanted }: Wanted, { progress, signal }: RunContext): Promise<readonly Document[]> => {
  if (corpus === "npm") return orFail(await readNpmCorpus()).filter(({ locale }) => (wanted as readonly string[]).includes(locale))
  const tick = (done: number, total: number) => progress({ done, total, unit: "pages" })
  return orFail(await readLibreoffice(resolve(folder), wanted, tick, signal))
}

export const localisedText = defineStream({
  id: "dataset/localised-text",
  module: import.meta.url,
  title: "Prose in English, Russian and Chinese",
  params,
  inputs: {},
  outputs: corpusPorts,
  files: ({ corpus, folder, locales: wanted }) => (corpus === "npm" ? npmCorpusFiles() : libreofficeFiles(resolve(folder), wanted)),
  run: async function* (_, params, context) {
    return yield* corpusOutputs(await read(params, context), params)
  },
})
