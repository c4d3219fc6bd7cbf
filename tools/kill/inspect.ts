/** What a store holds after a kill, beside the contents of a run that nobody killed. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Hash } from "../../src/base/hash.ts"
import { systemClock } from "../../src/base/clock.ts"
import { lineageOf, type KeyParts } from "../../src/graph/key.ts"
import type { Graph } from "../../src/graph/graph.ts"
import type { CheckpointRecord } from "../../src/store/checkpoint-log.ts"
import { openStore } from "../../src/store/open-store.ts"
import type { Store } from "../../src/store/store.ts"
import { verifyStore } from "../../src/store/verify.ts"
import { contentsOf, type Finished } from "./life.ts"

/** The run that nobody killed. */
export interface Whole {
  readonly contents: ReadonlyMap<Hash, string>
  /** Of the nodes that keep checkpoints, by key. */
  readonly lineages: ReadonlyMap<Hash, Hash>
}

export interface Inspection {
  /** Results in the store, and those that the whole run does not have, or of which a blob is gone or damaged. */
  readonly results: ReadonlySet<Hash>
  readonly wrong: number
  /** The furthest checkpoint, by lineage. */
  readonly saved: ReadonlyMap<Hash, CheckpointRecord>
}

const nothing: Inspection = { results: new Set(), wrong: 0, saved: new Map() }

const withStore = async <A>(dir: string, use: (store: Store) => Promise<A>): Promise<A> => {
  const store = await openStore(dir, { clock: systemClock })
  if (E.isLeft(store)) throw new Error(`the store cannot be opened: ${store.left.reason}`)
  try {
    return await use(store.right)
  } finally {
    await store.right.close()
  }
}

export const readWhole = (dir: string, graph: Graph, finished: readonly Finished[]): Promise<Whole> =>
  withStore(dir, async ({ notes }) => {
    const lineages = new Map<Hash, Hash>()
    for (const { node, key } of finished) {
      const { extends: extending } = graph.nodes.get(node)?.kind ?? {}
      const parts = notes.trace(key) as unknown as KeyParts | undefined
      if (extending !== undefined && parts !== undefined) lineages.set(key, lineageOf(parts, extending))
    }
    return { contents: new Map(finished.map(({ key, contents }) => [key, contents])), lineages }
  })

/** The furthest checkpoint of each lineage. */
export const savedIn = async (dir: string): Promise<Inspection["saved"]> =>
  existsSync(join(dir, "index.mdb")) ? withStore(dir, async ({ checkpoints }) => new Map(checkpoints.all())) : nothing.saved

/** Other processes may be at work in the store. */
export const inspect = async (dir: string, { contents }: Whole): Promise<Inspection> => {
  // Killed before there was one.
  if (!existsSync(join(dir, "index.mdb"))) return nothing
  return withStore(dir, async (store) => {
    const { damaged, absent } = await verifyStore(store)
    const all = new Set(contents.values())
    const actions = [...store.actions.all()].map(([key, { outputs }]) => [key, contentsOf(Object.fromEntries(Object.entries(outputs).map(([port, { hash }]) => [port, hash])))] as const)
    // Work begun before its producer ended has a provisional key, which is not told; its contents are those of the final one.
    const wrong = actions.filter(([key, text]) => (contents.has(key) ? contents.get(key) !== text : !all.has(text)))
    const saved = new Map(store.checkpoints.all())
    return { results: new Set(actions.map(([key]) => key)), wrong: wrong.length + absent + damaged.length, saved }
  })
}
