/**
 * Opens the store at a folder, or says why it cannot be used. Layout: `store.json` (version), `index.mdb` (tables
 * and small blobs), `blobs/`, `tmp/` (half-written files of processes that were killed; swept on opening). SPEC W6.
 */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import type { Clock } from "../base/clock.ts"
import { nodeFiles, type Files } from "./files.ts"
import { indexFault } from "./index-file.ts"
import { makeStore, type Store } from "./store.ts"
import { storeErrorOf, type StoreError } from "./store-error.ts"
import type { Tables } from "./tables.ts"
import { withRoom } from "./with-room.ts"

/** The layout this code writes. It reads version 1 too, where small blobs were files like the others. */
export const storeVersion = 2

/** Files in `tmp/` older than this belong to nobody. */
const abandonedMs = 60 * 60 * 1000

export interface StoreOptions {
  readonly clock: Clock
  /** Blobs also survive a loss of power. Not needed to survive a kill. */
  readonly fsync?: boolean
  /** Also when the disk is full, if the store is there: to look at what is in it, or to make room. */
  readonly fullToo?: boolean
  readonly files?: Files
  readonly openTables?: (path: string) => Tables
}

/** Makes the folder if there is none. Left when it is read-only, full, denied, or of a newer version; nothing is changed then. */
export const openStore = async (dir: string, options: StoreOptions): Promise<E.Either<StoreError, Store>> => {
  const files = options.files ?? nodeFiles
  const mark = join(dir, "store.json")
  const found = await files.read(mark).then((bytes) => new TextDecoder().decode(bytes), () => undefined)
  const version = found === undefined ? storeVersion : versionOf(found)
  if (version === undefined) return E.left({ _tag: "StoreBroken", dir, path: mark, reason: "it does not say which version it is" })
  if (version > storeVersion) return E.left({ _tag: "StoreNewer", dir, path: mark, reason: `version ${version}, this one knows ${storeVersion}` })
  let at = join(dir, "tmp")
  try {
    await files.makeFolder(at)
    at = join(dir, "tmp", randomUUID())
    const isMade = found === undefined || version < storeVersion
    try {
      // Also the probe for a folder that exists but cannot be written to.
      await files.write(at, [new TextEncoder().encode(`${JSON.stringify({ version: storeVersion })}\n`)], false)
      await (isMade ? files.rename(at, mark) : files.remove(at))
    } catch (error) {
      await files.remove(at).catch(() => undefined)
      if (isMade || options.fullToo !== true || storeErrorOf(dir, at, error)._tag !== "StoreFull") throw error
    }
    at = join(dir, "index.mdb")
    const fault = options.openTables === undefined ? indexFault(at) : undefined
    if (fault !== undefined) return E.left({ _tag: "StoreBroken", dir, path: at, reason: fault })
    // Loaded here only: threads that just read blobs do without the native library.
    const openTables = options.openTables ?? (await import("./lmdb-tables.ts")).lmdbTables
    const tables = withRoom(openTables(at), () => files.free(dir), options.clock)
    await sweep(join(dir, "tmp"), files, options.clock)
    return E.right(makeStore({ dir, files, tables, clock: options.clock, fsync: options.fsync ?? false }))
  } catch (error) {
    return E.left(storeErrorOf(dir, at, error))
  }
}

const versionOf = (text: string): number | undefined => {
  try {
    const { version } = JSON.parse(text) as { readonly version?: unknown }
    return Number.isSafeInteger(version) ? (version as number) : undefined
  } catch {
    return undefined
  }
}

const sweep = async (folder: string, files: Files, clock: Clock): Promise<void> => {
  for (const name of await files.list(folder)) {
    const path = join(folder, name)
    if (clock.wall() - (files.modifiedAt(path) ?? clock.wall()) > abandonedMs) await files.remove(path)
  }
}
