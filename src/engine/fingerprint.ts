/** Content hashes of files outside the store, read again only when size or time of change differ. SPEC K6. */
import { createReadStream, statSync } from "node:fs"
import { isAbsolute, relative, resolve, sep } from "node:path"
import { hashBytes, makeHasher } from "../base/hash.ts"
import type { FilePart } from "../graph/key.ts"
import type { Notes } from "../store/notes.ts"

interface Known {
  readonly mtimeMs: number
  readonly size: number
  readonly hash: string
}

/** One part for each path, in order, named from the folder it runs in. A file that is not there has the hash `missing`: the node that reads it says so. */
export const makeFingerprint = (notes: Notes) => async (paths: readonly string[]): Promise<readonly FilePart[]> => {
  const parts: FilePart[] = []
  for (const path of paths) parts.push({ name: nameOf(path), hash: await fingerprint(resolve(path), notes) })
  return parts
}

/** What is kept of a run says nothing of where the folder lies; files outside it have no shorter name. */
const nameOf = (path: string): string => {
  const name = relative("", path)
  return isAbsolute(name) || name.split(sep)[0] === ".." ? path : name.split(sep).join("/")
}

const fingerprint = async (path: string, notes: Notes): Promise<string> => {
  const stat = attempt(() => statSync(path, { throwIfNoEntry: false }))
  if (stat === undefined || !stat.isFile()) return "missing"
  const { mtimeMs, size } = stat
  const note = hashBytes(path)
  const known = notes.get("file", note) as unknown as Known | undefined
  if (known?.mtimeMs === mtimeMs && known.size === size) return known.hash
  const hasher = makeHasher()
  try {
    for await (const chunk of createReadStream(path)) hasher.update(chunk as Uint8Array)
  } catch {
    return "missing"
  }
  const hash = hasher.digest()
  await notes.put("file", note, { mtimeMs, size, hash })
  return hash
}

/** Undefined for whatever cannot be looked at. */
const attempt = <A>(look: () => A): A | undefined => {
  try {
    return look()
  } catch {
    return undefined
  }
}
