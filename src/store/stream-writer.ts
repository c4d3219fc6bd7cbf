/**
 * Packs the elements of a stream into segments as they come and writes each segment when it is full. In memory is the
 * open segment only. SPEC S8, S9.
 */
import * as E from "fp-ts/lib/Either.js"
import { makeHasher, type Hash } from "../base/hash.ts"
import type { BlobAccess, BlobInfo } from "./blob-access.ts"
import { encodeManifest, isFull, type Segment, type StoredOutput } from "./segments.ts"
import type { StoreError } from "./store-error.ts"

export interface StreamWriter {
  /** Closes the open segment when an element of `bytes` no longer fits; undefined when there is nothing to wait for. */
  readonly makeRoom: (bytes: number) => Promise<E.Either<StoreError, void>> | undefined
  /** Takes an element in, copied. Gives its bytes, which stay as they are. */
  readonly add: (chunks: readonly Uint8Array[], bytes: number) => Uint8Array
  /** Closes the last segment and writes the manifest. */
  readonly end: () => Promise<E.Either<StoreError, StoredOutput>>
  /** Whether segments are written from now on, the open one included. */
  keep: boolean
  /** Segments that are closed, and whether all of them were written. */
  readonly closed: readonly Segment[]
  readonly isWhole: () => boolean
  /** Elements of the open segment. */
  readonly open: () => readonly Uint8Array[]
  readonly elements: () => number
}

/** Elements are copied into slabs, each twice as long as the one before, within these bounds. */
const smallestSlab = 4 * 2 ** 10
const largestSlab = 2 ** 20

export const makeStreamWriter = (blobs: BlobAccess, keep: boolean): StreamWriter => {
  const closed: Segment[] = []
  const written: BlobInfo[] = []
  let frames: Uint8Array[] = []
  /** Slabs of the open segment that are used up, cut to their length. */
  let pieces: Uint8Array[] = []
  let slab = new Uint8Array(0)
  let used = 0
  let nextSlab = smallestSlab
  let held = 0
  let elements = 0
  let size = 0

  const endSlab = (): void => {
    if (used > 0) pieces.push(slab.subarray(0, used))
    slab = new Uint8Array(0)
    used = 0
  }
  const close = async (): Promise<E.Either<StoreError, void>> => {
    endSlab()
    let hash: Hash
    if (writer.keep) {
      const blob = await blobs.put(pieces)
      if (E.isLeft(blob)) return blob
      written.push(blob.right)
      hash = blob.right.hash
    } else hash = pieces.reduce((hasher, piece) => hasher.update(piece), makeHasher()).digest()
    closed.push({ hash, lengths: frames.map(({ length }) => length) })
    frames = []
    pieces = []
    held = 0
    return E.right(undefined)
  }
  const writer: StreamWriter = {
    keep,
    closed,
    isWhole: () => written.length === closed.length,
    open: () => frames,
    elements: () => elements,
    makeRoom: (bytes) => (frames.length > 0 && isFull(held, bytes) ? close() : undefined),
    add: (chunks, bytes) => {
      if (slab.length - used < bytes) {
        endSlab()
        slab = new Uint8Array(Math.max(bytes, nextSlab))
        nextSlab = Math.min(largestSlab, nextSlab * 2)
      }
      const from = used
      for (const chunk of chunks) {
        slab.set(chunk, used)
        used += chunk.length
      }
      const frame = slab.subarray(from, used)
      frames.push(frame)
      held += bytes
      size += bytes
      elements++
      return frame
    },
    end: async () => {
      const last = frames.length > 0 ? await close() : E.right(undefined)
      if (E.isLeft(last)) return last
      const manifest = await blobs.put([encodeManifest(closed)])
      return E.isLeft(manifest) ? manifest : E.right({ ...manifest.right, stream: { elements, size, segments: writer.isWhole() ? written : [] } })
    },
  }
  return writer
}
