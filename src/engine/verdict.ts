/**
 * What is to be done about a node whose key is known: show a result that is there, fail at once, or run it. Settling does
 * it, a forecast tells it; both ask here, so a forecast keeps its word. SPEC P2, P16, P17, R7, S6, W8.
 */
import type { Hash } from "../base/hash.ts"
import type { Ref } from "../graph/graph.ts"
import type { Action } from "../store/actions.ts"
import type { Store } from "../store/store.ts"
import { failedAtOnce, type Failed } from "./attempt.ts"
import type { Environment } from "./environment.ts"
import { resultOf } from "./keying.ts"
import type { NodeRecord } from "./node-record.ts"
import { usesOf, type Resources } from "./resources.ts"

export type Verdict =
  /** The node has the result already. */
  | { readonly _tag: "stay" }
  /** The store has it, perhaps only under the key with which it began ahead of its producers. */
  | { readonly _tag: "reuse"; readonly action: Action; readonly ranAs: Hash; readonly isAhead: boolean }
  | { readonly _tag: "fail"; readonly failed: Failed }
  /** `isLost`: there is a result, but bytes of it are gone that are read from outside. */
  | { readonly _tag: "run"; readonly isForced: boolean; readonly isLost: boolean }

export interface VerdictOptions {
  readonly store: Store
  readonly environment: Pick<Environment, "problemOf">
  readonly resources: Pick<Resources, "problemOf">
  /** Whether the bytes of an output are read from outside. */
  readonly isWanted: (output: Ref) => boolean
  /** Whether what the control `force` of the node asks for has been done. */
  readonly wasForced: (record: NodeRecord) => boolean
  /** How the key failed in this process. */
  readonly failureOf: (key: Hash) => Failed | undefined
}

/** Of a kind without a code version. */
export const unreadable = (problem: string): string => `the sources of its kind cannot be read: ${problem}`

const fails = (message: string): Verdict => ({ _tag: "fail", failed: failedAtOnce(message) })

/** `keyAhead`: the key with which the node may have begun ahead of its producers. */
export const makeVerdicts = ({ store, environment, resources, isWanted, wasForced, failureOf }: VerdictOptions) => (record: NodeRecord, key: Hash, keyAhead: Hash | undefined): Verdict => {
  const { node, path } = record
  const problem = environment.problemOf(node.kind)
  if (problem !== undefined) return fails(unreadable(problem))
  const isForced = !wasForced(record)
  let isLost = false
  if (!isForced) {
    if (record.doneKey === key && record.outputs !== undefined) return { _tag: "stay" }
    const failed = failureOf(key) ?? (keyAhead === undefined ? undefined : failureOf(keyAhead))
    if (failed !== undefined) return { _tag: "fail", failed }
    const found = resultOf(store, key, (port) => isWanted({ node: path, port }))
    if (typeof found === "object") return { _tag: "reuse", action: found, ranAs: found.ranAs ?? key, isAhead: false }
    isLost = found === "incomplete"
    // What was evicted is gone under either key.
    if (keyAhead !== undefined && !isLost && record.evicted === undefined) {
      const begun = resultOf(store, keyAhead)
      if (typeof begun === "object") return { _tag: "reuse", action: begun, ranAs: begun.ranAs ?? keyAhead, isAhead: true }
    }
  }
  const lack = resources.problemOf(usesOf(node))
  return lack === undefined ? { _tag: "run", isForced, isLost } : fails(lack)
}
