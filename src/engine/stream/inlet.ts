/**
 * The consumer's end of an edge: a queue of elements that are on hand, filled while the producer runs. What came before
 * the edge was made, and what it was spared, is read from the store, so the node sees every element once, in order.
 * SPEC S4, S5, S10.
 */
import type { BlobAccess } from "../../store/blob-access.ts"
import { readSegment, readStream } from "../../store/stream-reader.ts"
import type { Segment, StoredOutput } from "../../store/segments.ts"
import type { Credit, FromJob, LiveInput, ToJob } from "./message.ts"

export interface Inlet {
  readonly receive: (message: ToJob) => void
  /** Reads elements; `undefined` after the last. Rejects when the stream will not come to its end. */
  readonly next: () => Promise<Uint8Array | undefined> | Uint8Array
  /** Wants no more. */
  readonly leave: () => void
  /** The stream broke off: whatever was made of it is not a result. */
  readonly isBroken: () => boolean
}

/** Thrown into a node that waits for an element of a stream that broke off. The node is being stopped anyway. */
class StreamBroken extends Error {
  override readonly name = "StreamBroken"
}

const none = new Uint8Array(0)
/** Taken places that a queue keeps in front. */
const mostTaken = 1_000

export const makeInlet = ({ live: edge, credit }: LiveInput, blobs: BlobAccess, post: (message: FromJob) => void): Inlet => {
  let queue: Uint8Array[] = []
  let head = 0
  let earlier: Segment[] = []
  let received = 0
  let ended: StoredOutput | undefined
  let broken = false
  let left = false
  let wake: (() => void) | undefined
  /** Taken, and not told yet. */
  let items = 0
  let bytes = 0
  let rest: AsyncGenerator<readonly Uint8Array[]> | undefined

  const tellTaken = ({ items: most, bytes: mostBytes }: Credit): void => {
    if (items === 0 || (head < queue.length && items * 2 < most && bytes * 2 < mostBytes)) return
    post({ type: "taken", edge, items, bytes })
    items = 0
    bytes = 0
  }
  const take = (): Uint8Array => {
    const frame = queue[head] as Uint8Array
    // What was taken is let go of, also while the queue never gets empty.
    queue[head++] = none
    if (head === queue.length || head >= mostTaken) {
      queue = queue.slice(head)
      head = 0
    }
    return frame
  }
  /** Elements that were read from the store, of which the producer knows nothing. */
  let stored: readonly Uint8Array[] = []
  let storedAt = 0
  const slow = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      if (broken) throw new StreamBroken("a stream broke off")
      if (storedAt < stored.length) {
        received++
        return stored[storedAt++]
      }
      const segment = earlier.shift()
      if (segment !== undefined) {
        stored = await readSegment(blobs, segment)
        storedAt = 0
      } else if (head < queue.length) return fast()
      else if (ended !== undefined) {
        if (received >= (ended.stream?.elements ?? 0)) return undefined
        rest ??= readStream(blobs, ended.hash, received)
        const more = await rest.next()
        if (more.done === true) return undefined
        stored = more.value
        storedAt = 0
      } else {
        const woken = new Promise<void>((resolve) => (wake = resolve))
        post({ type: "starved", edge, received })
        await woken
      }
    }
  }
  const fast = (): Uint8Array => {
    const frame = take()
    received++
    items++
    bytes += frame.length
    tellTaken(credit)
    return frame
  }
  const resume = (): void => {
    wake?.()
    wake = undefined
  }
  return {
    receive: (message) => {
      if (message.type === "elements") {
        if (!left) for (const frame of message.frames) queue.push(frame)
      } else if (message.type === "replay") earlier = [...message.segments]
      else if (message.type === "end") ended = message.output
      else if (message.type === "fail") broken = true
      resume()
    },
    next: () => (head < queue.length && storedAt >= stored.length && earlier.length === 0 && !broken ? fast() : slow()),
    leave: () => {
      if (left) return
      left = true
      queue = []
      head = 0
      if (ended === undefined && !broken) post({ type: "leave", edge })
    },
    isBroken: () => broken,
  }
}
