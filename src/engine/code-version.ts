/**
 * Code versions: the hash of everything a kind's result depends on in its sources. esbuild bundles the one export that
 * is the kind, drops what it does not use, comments and white space; names keep as they are written. Packages stay
 * outside, their versions count. A version is computed again only when a file it was made of has changed, so a run
 * in which nothing changed looks at file times and nothing else. SPEC K5.
 */
import { statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { hashJson } from "../base/hash.ts"
import type { Json } from "../base/json.ts"
import type { Notes } from "../store/notes.ts"
import { bundleKind } from "./bundle-kind.ts"
import type { Kind } from "./kind.ts"
import { makeSourceDigests } from "./source-digests.ts"

/** [path, time of change in ms, size] of every file a version was made of. */
type Seen = readonly (readonly [path: string, mtimeMs: number, size: number])[]

interface Known {
  readonly version: string
  readonly files: Seen
}

/** Versions of kinds, remembered in `notes`. Rejects when a kind's sources cannot be read or bundled. `load` imports a module by its address. */
export const makeCodeVersion = (notes: Notes, load: (url: string) => Promise<unknown> = (url) => import(url)) => {
  const pending = new Map<string, Promise<string>>()
  const digests = makeSourceDigests()
  // Kinds share most of their files: one look at each within a turn.
  const looked = new Map<string, Seen[number] | undefined>()
  const look = (path: string): Seen[number] | undefined => {
    if (looked.size === 0) setImmediate(() => looked.clear())
    if (!looked.has(path)) looked.set(path, lookAt(path))
    return looked.get(path)
  }
  const isUnchanged = (files: Seen): boolean =>
    files.every(([path, mtimeMs, size]) => {
      const now = look(path)
      return now !== undefined && now[1] === mtimeMs && now[2] === size
    })
  const compute = async (kind: Kind, file: string, note: string): Promise<string> => {
    const bundle = await bundleKind(kind, file, load)
    const { text, packages, files } = bundle
    const version = hashJson(["code 1", text, packages as unknown as Json])
    // For explanations only: no version is worth failing over them.
    if (notes.get("sources", version) === undefined) await digests(bundle, file).then((found) => notes.put("sources", version, found), () => undefined)
    const seen = files.map((path) => lookAt(path)).filter((one) => one !== undefined)
    await notes.put("code", note, { version, files: seen })
    return version
  }
  return async (kind: Kind): Promise<string> => {
    const { file, note } = noteOf(kind)
    const known = notes.get("code", note) as unknown as Known | undefined
    if (known !== undefined && isUnchanged(known.files)) return known.version
    const running = pending.get(note) ?? compute(kind, file, note).finally(() => pending.delete(note))
    pending.set(note, running)
    return running
  }
}

const noteOf = (kind: Kind): { readonly file: string; readonly note: string } => {
  const file = fileURLToPath(kind.module.replace(/[?#].*$/, ""))
  return { file, note: hashJson([kind.id, file]) }
}

/** The files that the code version of `kind` was made of; undefined when none is remembered. */
export const codeFiles = (notes: Notes, kind: Kind): readonly string[] | undefined =>
  (notes.get("code", noteOf(kind).note) as unknown as Known | undefined)?.files.map(([path]) => path)

const lookAt = (path: string): Seen[number] | undefined => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? undefined : [path, stat.mtimeMs, stat.size]
}
