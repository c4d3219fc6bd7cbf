/**
 * A node's stream as an Observable, for people and pages. Watching `latest` or by `sample` never slows the engine: what
 * comes too fast is missed, and counted. A stream that has ended is read from the store. SPEC S13.
 */
import * as E from "fp-ts/lib/Either.js"
import { distinctUntilChanged, EMPTY, from, map, Observable, switchMap } from "rxjs"
import type { Hash } from "../../base/hash.ts"
import { isStream, type StreamType } from "../../schema/stream.ts"
import type { BlobAccess } from "../../store/blob-access.ts"
import type { StoredOutput } from "../../store/segments.ts"
import { readStream } from "../../store/stream-reader.ts"
import type { Records } from "../node-record.ts"
import type { NodeStates } from "../node-state.ts"
import type { Hub, Watching } from "./hub.ts"
import type { Policy } from "./message.ts"

export interface WatchOptions {
  readonly records: Records
  readonly states: NodeStates
  readonly hub: Hub
  readonly blobs: BlobAccess
}

/** Where the stream is now: made by the job under a key, or in the store, of a job that ran under one of these. */
type Place = { readonly running: Hash } | { readonly stored: StoredOutput; readonly madeBy: readonly (Hash | undefined)[] } | undefined

export const watchStream = ({ records, states, hub, blobs }: WatchOptions, path: string, port: string, policy: Policy): Observable<unknown> => {
  const placeOf = (): Place => {
    const record = records.get(path)
    if (record === undefined) return undefined
    if (record.awaited !== undefined && hub.isRunning(record.awaited)) return { running: record.awaited }
    const stored = record.mark === "clean" ? record.outputs?.[port] : undefined
    return stored === undefined ? undefined : { stored, madeBy: [record.doneKey, record.keyAhead] }
  }
  /** The job that was watched to its end. */
  let seen: Hash | undefined
  const live = (type: StreamType, key: Hash): Observable<unknown> =>
    new Observable((subscriber) => {
      let watching: Watching | undefined
      let [items, bytes] = [0, 0]
      const tellTaken = (): void => {
        if (watching === undefined || items === 0) return
        watching.taken(items, bytes)
        items = bytes = 0
      }
      watching = hub.watch(key, port, policy, {
        receive: (frames) => {
          for (const frame of frames) {
            const element = type.element.decode(frame)
            if (E.isRight(element)) subscriber.next(element.right)
            items++
            bytes += frame.length
          }
          tellTaken()
        },
        end: () => {
          seen = key
          subscriber.complete()
        },
      })
      tellTaken()
      return () => watching?.leave()
    })
  const stored = async function* (type: StreamType, output: StoredOutput): AsyncGenerator<unknown> {
    const all = output.stream?.elements ?? 0
    // What was missed while it was made is of no interest to who wants the latest.
    for await (const frames of readStream(blobs, output.hash, policy === "block" ? 0 : Math.max(0, all - 1))) {
      for (const frame of frames) {
        const element = type.element.decode(frame)
        if (E.isRight(element)) yield element.right
      }
    }
  }
  return states.state$(path).pipe(
    map(placeOf),
    distinctUntilChanged((a, b) => labelOf(a) === labelOf(b)),
    switchMap((place) => {
      const type = records.get(path)?.node.kind.outputs[port]
      if (place === undefined || type === undefined || !isStream(type)) return EMPTY
      if ("running" in place) return live(type, place.running)
      return seen !== undefined && place.madeBy.includes(seen) ? EMPTY : from(stored(type, place.stored))
    }),
  )
}

const labelOf = (place: Place): string => (place === undefined ? "" : "running" in place ? `running ${place.running}` : `stored ${place.stored.hash}`)
