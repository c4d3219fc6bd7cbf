/**
 * What is known on this machine beside any store, so that a new store need not begin with nothing: files in the cache of this
 * installation. Where there is none, or none can be written, nothing is known. SPEC D9, W5.
 */
import { mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Json } from "../../src/base/json.ts"
import { makeCodeVersion } from "../../src/engine/code-version.ts"
import type { Notes } from "../../src/store/notes.ts"
import { bundlesIn } from "../bundle/bundled-file.ts"
import { importSource } from "../bundle/import-source.ts"
import { replaceFile } from "../replace-file.ts"

const cache = bundlesIn(fileURLToPath(new URL("../../node_modules", import.meta.url)))

const fileOf = (folder: string, topic: string, id: string): string => join(folder, `${topic}-${id.slice(0, 16)}.json`)

/** What was last kept of `topic` under `id`, a hash. */
export const knownHere = (topic: string, id: string, folder = cache): Json | undefined => {
  try {
    return JSON.parse(readFileSync(fileOf(folder, topic, id), "utf8")) as Json
  } catch {
    return undefined
  }
}

/** Keeps `known` for other stores. */
export const knowHere = async (topic: string, id: string, known: Json, folder = cache): Promise<void> => {
  const file = fileOf(folder, topic, id)
  try {
    mkdirSync(dirname(file), { recursive: true })
    await replaceFile(file, JSON.stringify(known))
  } catch {
    // A folder that belongs to somebody else: each store finds out by itself.
  }
}

/** A code version and the digests of its sources, which explanations read. */
interface KnownCode {
  readonly code: Json & { readonly version: string }
  readonly sources: Json
}

/** The notes of a store for `makeCodeVersion`: where they lack a version, that which another store's run found, if its files are unchanged, becomes theirs. */
export const withKnownCode = (notes: Notes, folder = cache): Notes => ({
  ...notes,
  get: (space, key) => {
    const kept = notes.get(space, key)
    if (kept !== undefined || space !== "code") return kept
    const known = knownHere("code", key, folder) as unknown as KnownCode | undefined
    if (known === undefined) return undefined
    notes.post("sources", known.code.version, known.sources)
    notes.post("code", key, known.code)
    return known.code
  },
  put: async (space, key, value) => {
    await notes.put(space, key, value)
    if (space !== "code") return
    const sources = notes.get("sources", (value as KnownCode["code"]).version)
    if (sources !== undefined) await knowHere("code", key, { code: value, sources }, folder)
  },
})

/** Code versions of kinds, for an engine on a store with these notes. */
export const codeVersions = (notes: Notes): ReturnType<typeof makeCodeVersion> => makeCodeVersion(withKnownCode(notes), importSource)
