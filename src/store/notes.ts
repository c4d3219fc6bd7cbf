/**
 * Small records that make the next run faster or better explained and may be lost without harm: traces, file
 * fingerprints, code versions, the chosen device. SPEC W5.
 */
import { isHash, type Hash } from "../base/hash.ts"
import type { Json } from "../base/json.ts"
import type { Table } from "./tables.ts"

export type NoteSpace =
  /** `graph:path` -> what the node last was. */
  | "last"
  /** `graph:path` -> what its control `force` held when it was followed. */
  | "forced"
  /** hash of a path -> its fingerprint. */
  | "file"
  /** kind and module -> its code version. */
  | "code"
  /** code version -> hashes of the files it was made of. */
  | "sources"
  /** measurements of devices. */
  | "device"
  /** graph file -> its last run that ended well, and what that rests on. */
  | "finished"

export interface Notes {
  readonly get: (space: NoteSpace, key: string) => Json | undefined
  /** All notes of a space whose keys start with `prefix`; of what is kept, not of what is still being written. */
  readonly all: (space: NoteSpace, prefix: string) => Iterable<readonly [key: string, value: Json]>
  /** Keys of the results that nodes have, or last had: of every graph that ran here. */
  readonly currentKeys: () => readonly Hash[]
  /** Resolves when written; a note that cannot be written is dropped. */
  readonly put: (space: NoteSpace, key: string, value: Json) => Promise<void>
  /** As `put`, for whoever does not wait. */
  readonly post: (space: NoteSpace, key: string, value: Json) => void
  /** The parts that a key was made of. */
  readonly trace: (key: Hash) => Json | undefined
  readonly postTrace: (key: Hash, parts: Json) => void
}

/** `traces` is a table of their own, because there is one for each key; stores once had them among the other notes. */
export const openNotes = (table: Table, traces: Table): Notes => ({
  all: function* (space, prefix) {
    for (const [key, value] of table.entries(`${space}:${prefix}`)) yield [key.slice(space.length + 1), value]
  },
  get: (space, key) => table.get(`${space}:${key}`),
  currentKeys: () =>
    [...table.entries("last:")].flatMap(([, note]) => {
      const { key, before, state } = (note ?? {}) as { readonly key?: unknown; readonly before?: unknown; readonly state?: unknown }
      // Of a node that did not end well the result before is still shown.
      return [key, ...(state === "done" ? [] : [before])].filter(isHash)
    }),
  put: (space, key, value) => table.put(`${space}:${key}`, value).catch(() => undefined),
  post: (space, key, value) => table.post(`${space}:${key}`, value),
  trace: (key) => traces.get(key) ?? table.get(`trace:${key}`),
  postTrace: traces.post,
})
