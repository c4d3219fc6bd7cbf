/**
 * The quota that runs keep their store within: of `--quota`, else of the variable CAMBIUM_QUOTA, else none. What goes is
 * what `cambium gc` would take, never what a graph has now; it is told. SPEC W12.
 */
import * as E from "fp-ts/lib/Either.js"
import { systemClock } from "../../src/base/clock.ts"
import { collect, planCollection } from "../../src/store/collect.ts"
import type { Store } from "../../src/store/store.ts"
import { byteSize, parseByteSize } from "../../src/base/byte-size.ts"
import { duration } from "./duration.ts"
import { evictedByKind } from "./evicted.ts"
import type { CollectedLine } from "./line-schema.ts"

/** `off` stands for none, also where the variable names one. */
const off = "off"

/** What CAMBIUM_QUOTA says, unless that is nothing. */
export const environmentQuota = (environment: NodeJS.ProcessEnv = process.env): string | undefined => {
  const text = environment["CAMBIUM_QUOTA"]
  return text === undefined || text === "" || text === off ? undefined : text
}

/** Bytes; undefined for no quota. Left is a sentence for standard error. */
export const quotaOf = (option: string | undefined, environment: NodeJS.ProcessEnv = process.env): E.Either<string, number | undefined> => {
  const [name, text] = option === undefined ? ["CAMBIUM_QUOTA", environmentQuota(environment)] : ["--quota", option === off ? undefined : option]
  if (text === undefined) return E.right(undefined)
  const bytes = parseByteSize(text)
  return E.isLeft(bytes) ? E.left(`${name}: ${bytes.left}`) : bytes
}

/** Makes room; undefined when there was enough. */
export const keepQuota = async (store: Store, quota: number): Promise<CollectedLine | undefined> => {
  const now = systemClock.wall()
  const plan = await planCollection(store, { quota, now })
  if (plan.bytes <= quota) return undefined
  const freed = await collect(store, plan, { now })
  const bytes = plan.bytes - freed
  return { type: "collected", quota, bytes, freed, ms: plan.ms, over: Math.max(0, bytes - quota), kinds: evictedByKind(store, plan.evictions) }
}

/** The same for people. */
export const collectedText = ({ quota, freed, ms, over, kinds }: CollectedLine): string => {
  const dropped = kinds.map(({ kind, bytes }) => `${kind} ${byteSize(bytes)}`).join(", ")
  const room = freed === 0 ? [] : [`${byteSize(freed)} dropped to keep the store within ${byteSize(quota)}: ${dropped}; ${duration(ms)} to make again`]
  return [...room, ...(over === 0 ? [] : [`the store is ${byteSize(over)} over its quota of ${byteSize(quota)}: what is left is in use`])].join("\n")
}
