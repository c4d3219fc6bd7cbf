/**
 * Results that are shown while their actions are still on their way into the store. What follows them goes on meanwhile;
 * one that cannot be written turns out to be none. SPEC W3.
 */
import * as E from "fp-ts/lib/Either.js"
import type { ReadonlyFew } from "../base/few.ts"
import type { Hash } from "../base/hash.ts"
import { describeStoreError, type StoreError } from "../store/store-error.ts"
import type { NodeRecord } from "./node-record.ts"

export interface Writes {
  readonly await: (key: Hash, demanders: ReadonlyFew<NodeRecord>, written: Promise<E.Either<StoreError, void>>) => void
  readonly areDone: () => boolean
}

export interface WritesHooks {
  /** Nothing is on its way any more. */
  readonly onDone: () => void
  /** Those of the demanders that still show the result have none. */
  readonly onRefused: (key: Hash, losers: readonly NodeRecord[], message: string) => void
}

export const makeWrites = ({ onDone, onRefused }: WritesHooks): Writes => {
  let open = 0
  const refuse = (key: Hash, demanders: ReadonlyFew<NodeRecord>, error: StoreError): void => {
    const losers = [...demanders].filter(({ doneKey }) => doneKey === key)
    for (const record of losers) record.doneKey = undefined
    onRefused(key, losers, describeStoreError(error))
  }
  return {
    await: (key, demanders, written) => {
      open++
      void written.then((put) => {
        open--
        if (E.isLeft(put)) refuse(key, demanders, put.left)
        else if (open === 0) onDone()
      })
    },
    areDone: () => open === 0,
  }
}
