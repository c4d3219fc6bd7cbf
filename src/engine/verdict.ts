/**
 * What is to be done about a node whose key is known: show a result that is there, fail at once, or run it. Settling does
 * it, a forecast tells it; both ask here, so a forecast keeps its word. SPEC P2, P16, P17, R7, S6, W8.
 */
import type { Hash } from "../base/hash.ts"
import type { Ref } from "../graph/graph.ts"
import type { Action } from "../store/actions.ts"
import type { Store } from "../store/store.ts"
import { failedAtOnce, type Failed } from "./attempt.ts"
import { isComplete } from "./keying.ts"
import type { NodeRecord } from "./node-record.ts"
import { usesOf, type Resources } from "./resources.ts"

export type Verdict =
  /** The node has the result already. */
  | { readonly _tag: "stay" }
  /** The store has it, perhaps only under the provisional key. */
  | { readonly _tag: "reuse"; readonly action: Action }
  | { readonly _tag: "fail"; readonly failed: Failed }
  /** `isLost`: there is a result, but bytes of it are gone that are read from outside. */
  | { readonly _tag: "run"; readonly isForced: boolean; readonly isLost: boolean }

export interface VerdictOptions {
  readonly store: Store
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

/** `key`: the node's, which has just been decided. */
export const makeVerdicts = ({ store, resources, isWanted, wasForced, failureOf }: VerdictOptions) => (record: NodeRecord, key: Hash): Verdict => {
  const { node, path, keyAhead = key, kindNow } = record
  const problem = kindNow?.problem
  if (problem !== undefined) return fails(unreadable(problem))
  const isForced = !wasForced(record)
  let isLost = false
  if (!isForced) {
    if (record.doneKey === key && record.outputs !== undefined) return { _tag: "stay" }
    const failed = failureOf(key) ?? failureOf(keyAhead)
    if (failed !== undefined) return { _tag: "fail", failed }
    const found = store.actions.get(key)
    isLost = found !== undefined && !isComplete(store, found, path, isWanted)
    if (found !== undefined && !isLost) return { _tag: "reuse", action: found }
    const begun = isLost || keyAhead === key ? undefined : store.actions.get(keyAhead)
    if (begun !== undefined) return { _tag: "reuse", action: begun }
  }
  const lack = resources.problemOf(usesOf(node))
  return lack === undefined ? { _tag: "run", isForced, isLost } : fails(lack)
}
