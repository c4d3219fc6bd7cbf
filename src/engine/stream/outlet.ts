/**
 * The producer's end of a stream: packs elements for the store and gives them to every edge there is, none more than it
 * has credit for. An edge that comes late first gets what was before it: closed segments to be read from the store,
 * then the elements of the open one. SPEC S4, S5, S10.
 */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../base/assert.ts"
import type { Clock } from "../../base/clock.ts"
import type { BlobAccess } from "../../store/blob-access.ts"
import type { StoredOutput } from "../../store/segments.ts"
import { describeStoreError, type StoreError } from "../../store/store-error.ts"
import { makeStreamWriter } from "../../store/stream-writer.ts"
import { NodeFailure } from "../context.ts"
import type { Credit, EdgeTerms, FromJob, Policy } from "./message.ts"

export interface Outlet {
  readonly attach: (edge: number, terms: EdgeTerms) => void
  readonly detach: (edge: number) => void
  readonly taken: (edge: number, items: number, bytes: number) => void
  readonly spill: (edge: number) => void
  /** Takes the element in; resolves when the next one may come, undefined when that is now. Rejects with the reason of `stop`. */
  readonly emit: (chunks: readonly Uint8Array[]) => Promise<void> | undefined
  /** Every edge has been given all there is. */
  readonly end: () => Promise<E.Either<StoreError, StoredOutput>>
  readonly stop: (reason: unknown) => void
}

interface Edge {
  readonly id: number
  readonly credit: Credit
  readonly policy: Policy
  /** Given and not yet taken. */
  items: number
  bytes: number
  given: number
  acked: number
  dropped: number
  peak: { items: number; bytes: number }
  spilled: boolean
  /** Elements from before the edge was made, still to be given. */
  backlog: readonly Uint8Array[]
  /** Given, and on their way with the next message. */
  batch: Uint8Array[]
  batchBytes: number
  /** The newest element without credit, of an edge that does not block. */
  newest: Uint8Array | undefined
  sentAt: number
}

/** A message is sent when it holds so many bytes, at the latest. */
const batchBytes = 256 * 2 ** 10

/** Who will want a stream, as far as is known when its producer starts. */
export interface StreamDemand {
  /** Whether elements are written although every edge that is expected has been made. */
  readonly keep: boolean
  /** Edges that may still be made; until then, what they will want is written. */
  readonly expects: number
}

export interface OutletOptions {
  readonly blobs: BlobAccess
  readonly clock: Clock
  readonly demand: StreamDemand
  readonly post: (message: FromJob) => void
}

export const makeOutlet = ({ blobs, clock, demand, post }: OutletOptions): Outlet => {
  const writer = makeStreamWriter(blobs, demand.keep || demand.expects > 0)
  const edges = new Map<number, Edge>()
  let expected = demand.expects
  let isSpilled = false
  let wake: (() => void) | undefined
  let stopped: { readonly reason: unknown } | undefined
  let isFlushDue = false

  const flush = (edge: Edge): void => {
    const { batch } = edge
    if (batch.length === 0) return
    // Whoever receives may answer at once, and be given more.
    edge.batch = []
    edge.batchBytes = 0
    post({ type: "elements", edge: edge.id, frames: batch })
  }
  const flushAll = (): void => {
    isFlushDue = false
    for (const edge of edges.values()) flush(edge)
  }
  const hasCredit = ({ items, bytes, credit }: Edge, more: number): boolean => items === 0 || (items < credit.items && bytes + more <= credit.bytes)
  const give = (edge: Edge, frame: Uint8Array): void => {
    edge.items++
    edge.bytes += frame.length
    edge.given++
    if (edge.items > edge.peak.items) edge.peak.items = edge.items
    if (edge.bytes > edge.peak.bytes) edge.peak.bytes = edge.bytes
    edge.batch.push(frame)
    edge.batchBytes += frame.length
    if (edge.batchBytes >= batchBytes) flush(edge)
    else if (!isFlushDue) {
      isFlushDue = true
      setImmediate(flushAll)
    }
  }
  const giveBacklog = (edge: Edge): void => {
    let at = 0
    for (; at < edge.backlog.length; at++) {
      const frame = must(edge.backlog[at], "frame")
      if (!hasCredit(edge, frame.length)) break
      give(edge, frame)
    }
    if (at > 0) edge.backlog = edge.backlog.slice(at)
  }
  const offer = (edge: Edge, frame: Uint8Array): void => {
    const isDue = edge.policy === "latest" || clock.now() - edge.sentAt >= (edge.policy as { readonly sample: number }).sample
    if (isDue && hasCredit(edge, frame.length)) {
      edge.sentAt = clock.now()
      edge.newest = undefined
      give(edge, frame)
    } else {
      if (edge.newest !== undefined) edge.dropped++
      edge.newest = frame
    }
  }
  const isReady = (edge: Edge, more: number): boolean => edge.policy !== "block" || edge.spilled || (edge.backlog.length === 0 && hasCredit(edge, more))
  const notReady = (more: number): readonly Edge[] | undefined => {
    let found: Edge[] | undefined
    for (const edge of edges.values()) if (!isReady(edge, more)) (found ??= []).push(edge)
    return found
  }
  /** Waits until every edge can be given an element of `more` bytes, or everything that is still kept back for it. */
  const waitForCredit = async (waiting: (more: number) => readonly Edge[] | undefined, more: number): Promise<void> => {
    for (let blocked = waiting(more); blocked !== undefined; blocked = waiting(more)) {
      if (stopped !== undefined) throw stopped.reason
      flushAll()
      const woken = new Promise<void>((resolve) => (wake = resolve))
      for (const { id, acked } of blocked) post({ type: "blocked", edge: id, acked })
      await woken
    }
  }
  const resume = (): void => {
    wake?.()
    wake = undefined
  }
  const take = (chunks: readonly Uint8Array[], bytes: number): void => {
    const frame = writer.add(chunks, bytes)
    for (const edge of edges.values()) {
      if (edge.spilled) continue
      if (edge.policy === "block") give(edge, frame)
      else offer(edge, frame)
    }
  }
  const emitSlowly = async (chunks: readonly Uint8Array[], bytes: number): Promise<void> => {
    // An edge may come while a segment is being written.
    do {
      await waitForCredit(notReady, bytes)
      const closing = await writer.makeRoom(bytes)
      if (closing !== undefined && E.isLeft(closing)) throw new NodeFailure(describeStoreError(closing.left))
    } while (notReady(bytes) !== undefined)
    if (stopped !== undefined) throw stopped.reason
    take(chunks, bytes)
  }
  const tell = (edge: Edge): void => {
    const { given: elements, dropped, peak, spilled } = edge
    post({ type: "tally", edge: edge.id, tally: { elements, dropped, peak: { ...peak }, spilled } })
  }
  return {
    attach: (id, { credit, policy, fromStart }) => {
      const edge: Edge = {
        id, credit, policy, items: 0, bytes: 0, given: 0, acked: 0, dropped: 0, peak: { items: 0, bytes: 0 }, spilled: false,
        backlog: fromStart ? [...writer.open()] : [], batch: [], batchBytes: 0, newest: undefined, sentAt: -Infinity,
      }
      if (fromStart && writer.closed.length > 0) {
        if (!writer.isWhole()) return post({ type: "refuse", edge: id })
        post({ type: "replay", edge: id, segments: [...writer.closed] })
      }
      edges.set(id, edge)
      giveBacklog(edge)
      if (fromStart && --expected <= 0) writer.keep = demand.keep || isSpilled
    },
    detach: (id) => {
      const edge = edges.get(id)
      if (edge === undefined) return
      edges.delete(id)
      tell(edge)
      resume()
    },
    taken: (id, items, bytes) => {
      const edge = edges.get(id)
      if (edge === undefined) return
      edge.items -= items
      edge.bytes -= bytes
      edge.acked += items
      if (edge.newest !== undefined && edge.policy === "latest") offer(edge, edge.newest)
      giveBacklog(edge)
      resume()
    },
    spill: (id) => {
      const edge = edges.get(id)
      if (edge === undefined) return
      edge.spilled = true
      edge.backlog = []
      isSpilled = true
      writer.keep = true
      resume()
    },
    emit: (chunks) => {
      if (stopped !== undefined) return Promise.reject(stopped.reason as Error)
      let bytes = 0
      for (const chunk of chunks) bytes += chunk.length
      if (notReady(bytes) !== undefined) return emitSlowly(chunks, bytes)
      const closing = writer.makeRoom(bytes)
      if (closing === undefined) return void take(chunks, bytes)
      return closing.then((closed) => {
        if (E.isLeft(closed)) throw new NodeFailure(describeStoreError(closed.left))
        return emitSlowly(chunks, bytes)
      })
    },
    end: async () => {
      const late = (): readonly Edge[] | undefined => {
        const found = [...edges.values()].filter(({ backlog }) => backlog.length > 0)
        return found.length > 0 ? found : undefined
      }
      const output = await writer.end()
      await waitForCredit(late, 0)
      for (const edge of edges.values()) {
        const { newest } = edge
        edge.newest = undefined
        if (newest !== undefined) give(edge, newest)
      }
      flushAll()
      for (const edge of edges.values()) tell(edge)
      return output
    },
    stop: (reason) => {
      stopped = { reason }
      resume()
    },
  }
}
