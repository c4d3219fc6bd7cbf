/**
 * What observers see of a node: its state as plain values, tagged with the revision they are valid for. Subjects are
 * made when somebody looks, so a graph nobody watches costs nothing. SPEC R4.
 */
import * as E from "fp-ts/lib/Either.js"
import { BehaviorSubject, defer, distinctUntilChanged, EMPTY, filter, finalize, map, switchMap, type Observable } from "rxjs"
import type { Blobs } from "../store/blobs.ts"
import type { Progress } from "./context.ts"
import type { Outcome } from "./event.ts"
import type { NodeRecord } from "./node-record.ts"
import type { OutputBlobs } from "./transport.ts"

export interface NodeState {
  readonly path: string
  /** `stale`: an edit may have made it out of date; `gone`: not in the graph (any more). */
  readonly phase: "stale" | "running" | "clean" | "failed" | "blocked" | "gone"
  /** The revision that `outcome` is valid for; 0 when there is none. */
  readonly revision: number
  readonly outcome: Outcome | undefined
  /** The newest good outputs, which are out of date unless `phase` is `clean`. */
  readonly outputs: OutputBlobs | undefined
  readonly progress: Progress | undefined
}

export interface NodeStates {
  readonly state$: (path: string) => Observable<NodeState>
  readonly value$: (path: string, port: string) => Observable<unknown>
  readonly changed: (record: NodeRecord) => void
  readonly complete: () => void
}

export const makeNodeStates = (records: ReadonlyMap<string, NodeRecord>, blobs: Blobs): NodeStates => {
  const watched = new Map<string, { readonly subject: BehaviorSubject<NodeState>; watchers: number }>()
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
  const read = async (path: string, port: string, hash: OutputBlobs[string]["hash"]): Promise<E.Either<unknown, unknown>> => {
    const type = records.get(path)?.node.kind.outputs[port]
    const bytes = await blobs.get(hash)
    return type === undefined || E.isLeft(bytes) ? E.left(undefined) : type.decode(bytes.right)
  }
  return {
    state$,
    value$: (path, port) =>
      state$(path).pipe(
        map(({ phase, outputs }) => (phase === "clean" ? outputs?.[port]?.hash : undefined)),
        filter((hash) => hash !== undefined),
        distinctUntilChanged(),
        switchMap((hash) => read(path, port, hash)),
        switchMap((value) => (E.isRight(value) ? [value.right] : EMPTY)),
      ),
    changed: ({ path }) => {
      if (watched.size > 0) watched.get(path)?.subject.next(now(path))
    },
    complete: () => {
      for (const { subject } of watched.values()) subject.complete()
      watched.clear()
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
  return outcome?.state === "failed" || outcome?.state === "blocked" ? outcome.state : "clean"
}
