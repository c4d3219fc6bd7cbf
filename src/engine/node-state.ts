/**
 * What observers see of a node: its state as plain values, tagged with the revision they are valid for. Subjects are
 * made when somebody looks, so a graph nobody watches costs nothing. SPEC R4.
 */
import * as E from "fp-ts/lib/Either.js"
import { BehaviorSubject, defer, distinctUntilChanged, EMPTY, filter, finalize, map, Subject, switchMap, type Observable } from "rxjs"
import type { Hash } from "../base/hash.ts"
import { isStream, type AnyPort } from "../schema/stream.ts"
import type { Blobs } from "../store/blobs.ts"
import type { Progress } from "./context.ts"
import { collect } from "./stream/collect.ts"
import type { Outcome } from "./event.ts"
import type { NodeRecord, Records } from "./node-record.ts"
import { mostRewinds } from "./rewinding.ts"
import type { OutputBlobs } from "./transport.ts"

export interface NodeState {
  readonly path: string
  /** `stale`: an edit may have made it out of date; `gone`: not in the graph (any more). */
  readonly phase: "stale" | "running" | "clean" | "failed" | "blocked" | "gated" | "off" | "gone"
  /** The revision that `outcome` is valid for; 0 when there is none. */
  readonly revision: number
  readonly outcome: Outcome | undefined
  /** The newest good outputs, which are out of date unless `phase` is `clean`. */
  readonly outputs: OutputBlobs | undefined
  readonly progress: Progress | undefined
}

export interface NodeStates {
  readonly now: (path: string) => NodeState
  /** Paths of nodes whose state is another one than before, of all nodes. */
  readonly changes$: Observable<string>
  readonly state$: (path: string) => Observable<NodeState>
  readonly value$: (path: string, port: string) => Observable<unknown>
  readonly progress$: (path: string) => Observable<Progress>
  readonly changed: (record: NodeRecord) => void
  /** Whether anybody would hear of it. */
  readonly isWatched: () => boolean
  readonly complete: () => void
}

/** `onMissing` is told of outputs that somebody watches and whose bytes are gone; the value is shown when the node is clean again. */
export const makeNodeStates = (records: Records, blobs: Blobs, onMissing: (record: NodeRecord) => void): NodeStates => {
  const watched = new Map<string, { readonly subject: BehaviorSubject<NodeState>; watchers: number }>()
  /** Contents that were gone when they were to be shown, and how often. */
  const remade = new Map<Hash, number>()
  const changes = new Subject<string>()
  const now = (path: string): NodeState => stateOf(path, records.get(path))
  const state$ = (path: string): Observable<NodeState> =>
    defer(() => {
      const entry = watched.get(path) ?? { subject: new BehaviorSubject(now(path)), watchers: 0 }
      watched.set(path, entry)
      entry.watchers++
      return entry.subject.pipe(
        finalize(() => {
          if (--entry.watchers === 0 && watched.get(path) === entry) watched.delete(path)
        }),
      )
    })
  const valueOf = async (type: AnyPort, { hash, bytes: size }: OutputBlobs[string]): Promise<E.Either<"gone" | "wrong", unknown>> => {
    const wrong = E.mapLeft(() => "wrong" as const)
    if (isStream(type)) return collect(type.element, hash, blobs).then(wrong, () => E.left("gone" as const))
    const bytes = await blobs.get(hash, size)
    return E.isRight(bytes) ? wrong(type.decode(bytes.right)) : E.left("gone")
  }
  const read = async (path: string, port: string, info: OutputBlobs[string]): Promise<E.Either<unknown, unknown>> => {
    const { hash } = info
    const type = records.get(path)?.node.kind.outputs[port]
    const value = type === undefined ? E.left("wrong") : await valueOf(type, info)
    const record = records.get(path)
    if (record === undefined || E.isRight(value) || value.left === "wrong") return value
    const times = (remade.get(hash) ?? 0) + 1
    remade.set(hash, times)
    if (times <= mostRewinds && record.mark === "clean" && record.outputs?.[port]?.hash === hash) onMissing(record)
    return value
  }
  return {
    now,
    changes$: changes.asObservable(),
    isWatched: () => watched.size > 0 || changes.observed,
    state$,
    value$: (path, port) =>
      state$(path).pipe(
        map(({ phase, outputs }) => (phase === "clean" ? outputs?.[port] : undefined)),
        filter((info) => info !== undefined),
        distinctUntilChanged(),
        switchMap(async (info) => ({ hash: info.hash, value: await read(path, port, info) })),
        switchMap(({ hash, value }) => (E.isRight(value) ? [{ hash, value: value.right }] : EMPTY)),
        // One content is shown once, however often its node settles on it.
        distinctUntilChanged((a, b) => a.hash === b.hash),
        map(({ value }) => value),
      ),
    progress$: (path) =>
      state$(path).pipe(
        map(({ progress }) => progress),
        filter((progress) => progress !== undefined),
        distinctUntilChanged(),
      ),
    changed: ({ path }) => {
      if (watched.size > 0) watched.get(path)?.subject.next(now(path))
      if (changes.observed) changes.next(path)
    },
    complete: () => {
      for (const { subject } of watched.values()) subject.complete()
      watched.clear()
      changes.complete()
    },
  }
}

const stateOf = (path: string, record: NodeRecord | undefined): NodeState => ({
  path,
  phase: record === undefined ? "gone" : phaseOf(record),
  revision: record?.revision ?? 0,
  outcome: record?.outcome,
  outputs: record?.outputs,
  progress: record?.progress,
})

const phaseOf = ({ mark, awaited, outcome }: NodeRecord): NodeState["phase"] => {
  if (mark !== "clean") return awaited === undefined ? "stale" : "running"
  switch (outcome?.state) {
    case "failed":
    case "blocked":
    case "gated":
    case "off":
      return outcome.state
    default:
      return "clean"
  }
}
