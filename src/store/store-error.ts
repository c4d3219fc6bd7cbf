/**
 * What can be wrong with a store as a whole. A missing or damaged blob is not here: that is a miss, and is repaired by
 * running its producer again (`blobs.ts`). SPEC W6.
 */
import { messageOf } from "../base/message.ts"


/** `dir` is the store, `path` the file or folder it happened at, `reason` the system's own words. */
export type StoreError =
  | { readonly _tag: "StoreReadOnly"; readonly dir: string; readonly path: string; readonly reason: string }
  | { readonly _tag: "StoreFull"; readonly dir: string; readonly path: string; readonly reason: string }
  | { readonly _tag: "StoreDenied"; readonly dir: string; readonly path: string; readonly reason: string }
  /** Written by a later version of Cambium; left as it is. */
  | { readonly _tag: "StoreNewer"; readonly dir: string; readonly path: string; readonly reason: string }
  | { readonly _tag: "StoreBroken"; readonly dir: string; readonly path: string; readonly reason: string }

const tagOf: Readonly<Record<string, StoreError["_tag"]>> = {
  EROFS: "StoreReadOnly",
  ENOSPC: "StoreFull",
  EDQUOT: "StoreFull",
  EACCES: "StoreDenied",
  EPERM: "StoreDenied",
}

/** Sorts an error thrown by the file system or by lmdb (which gives its codes in words). */
export const storeErrorOf = (dir: string, path: string, thrown: unknown): StoreError => {
  const reason = messageOf(thrown)
  const code = (thrown as { readonly code?: unknown } | null)?.code
  const worded = /no space left|MDB_MAP_FULL/i.test(reason) ? "ENOSPC" : /read-only file system/i.test(reason) ? "EROFS" : /permission denied/i.test(reason) ? "EACCES" : ""
  return { _tag: tagOf[typeof code === "string" ? code : worded] ?? tagOf[worded] ?? "StoreBroken", dir, path, reason }
}

const inWords: Readonly<Record<StoreError["_tag"], string>> = {
  StoreReadOnly: "is read-only",
  StoreFull: "is on a full disk",
  StoreDenied: "may not be written to",
  StoreNewer: "was written by a newer version of Cambium",
  StoreBroken: "cannot be used",
}

/** One line for people, without a full stop. */
export const describeStoreError = ({ _tag, dir, path, reason }: StoreError): string => `the store ${dir} ${inWords[_tag]}: ${reason} (${path})`
