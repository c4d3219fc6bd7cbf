/**
 * How a stream lies in the store: its elements back to back in segments of a few MiB, each a blob, and a manifest that
 * says how long the elements are and what the segments' hashes are. Which element lies in which segment follows from
 * the lengths alone, so the manifest, and with it the content hash of the stream, is the same however the elements
 * came. SPEC S8.
 */
import * as E from "fp-ts/lib/Either.js"
import { isHash, type Hash } from "../base/hash.ts"
import { canonical } from "../base/json.ts"
import type { BlobInfo } from "./blob-access.ts"

/** Bytes after which a segment is full; one with a single larger element may be longer. */
export const segmentBytes = 4 * 2 ** 20

/** What the store knows of an output. Its blob is the value, or the manifest of a stream. */
export interface StoredOutput extends BlobInfo {
  readonly stream?: StoredStream
}

export interface StoredStream {
  readonly elements: number
  /** Of all elements together. */
  readonly size: number
  /** Blobs that are kept beside the manifest; none for a stream that is not kept. */
  readonly segments: readonly BlobInfo[]
}

/** Elements of one segment, in order. */
export interface Segment {
  readonly hash: Hash
  /** Bytes of each element. */
  readonly lengths: readonly number[]
}

/** Whether an element of `bytes` begins a new segment after `held` bytes in the present one. */
export const isFull = (held: number, bytes: number): boolean => held > 0 && held + bytes > segmentBytes

/** `{ lengths: [[count, bytes], …], segments: [hash, …] }`, runs of equal lengths together. */
export const encodeManifest = (segments: readonly Segment[]): Uint8Array => {
  const runs: [count: number, bytes: number][] = []
  for (const { lengths } of segments) {
    for (const bytes of lengths) {
      const last = runs[runs.length - 1]
      if (last?.[1] === bytes) last[0]++
      else runs.push([1, bytes])
    }
  }
  return new TextEncoder().encode(canonical({ lengths: runs, segments: segments.map(({ hash }) => hash) }))
}

/** Left says what is wrong with the manifest. */
export const decodeManifest = (bytes: Uint8Array): E.Either<string, readonly Segment[]> => {
  const parsed = E.tryCatch(() => JSON.parse(new TextDecoder().decode(bytes)) as { readonly lengths?: unknown; readonly segments?: unknown } | null, String)
  if (E.isLeft(parsed)) return parsed
  const { lengths, segments: hashes } = parsed.right ?? {}
  if (!Array.isArray(lengths) || !lengths.every(isRun) || !Array.isArray(hashes) || !hashes.every(isHash)) return E.left("not the manifest of a stream")
  const segments: { hash: Hash; lengths: number[] }[] = []
  let held = 0
  for (const [count, length] of lengths) {
    for (let i = 0; i < count; i++) {
      if (segments.length === 0 || isFull(held, length)) {
        segments.push({ hash: (hashes[segments.length] ?? "") as Hash, lengths: [] })
        held = 0
      }
      segments[segments.length - 1]?.lengths.push(length)
      held += length
    }
  }
  return segments.length === hashes.length ? E.right(segments) : E.left(`${hashes.length} segments where the lengths make ${segments.length}`)
}

const isRun = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)

/** The blobs an output consists of. */
export const blobsOf = (output: StoredOutput): readonly BlobInfo[] => (output.stream === undefined ? [output] : [output, ...output.stream.segments])
