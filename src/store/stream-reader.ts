/** Reads the elements of a stored stream, a segment at a time. SPEC S8. */
import * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../base/hash.ts"
import type { BlobAccess } from "./blob-access.ts"
import { decodeManifest, type Segment } from "./segments.ts"

/** A stream that cannot be read whole: whoever made it makes it again. `hash` is that of its manifest, where it is known. */
export class StreamDamage extends Error {
  override readonly name = "StreamDamage"
  readonly hash: Hash | undefined
  constructor(hash: Hash | undefined, reason: string) {
    super(reason)
    this.hash = hash
  }
}

/** The elements of a segment, from the one at `skip` on, as views of its bytes. Throws `StreamDamage`. */
export const readSegment = async (blobs: BlobAccess, { hash, lengths }: Segment, skip = 0, manifest?: Hash): Promise<readonly Uint8Array[]> => {
  const bytes = await blobs.get(hash)
  if (E.isLeft(bytes)) {
    const reason = bytes.left._tag === "BlobMissing" ? "elements of the stream were not kept or are gone" : `a segment of the stream is damaged: ${bytes.left.reason}`
    throw new StreamDamage(manifest, reason)
  }
  let at = 0
  const frames = lengths.map((length) => bytes.right.subarray(at, (at += length)))
  if (at !== bytes.right.length) throw new StreamDamage(manifest, `a segment of the stream has ${bytes.right.length} bytes, its manifest says ${at}`)
  return skip === 0 ? frames : frames.slice(skip)
}

/** The segments of the stream whose manifest has this hash. Throws `StreamDamage`. */
export const readManifest = async (blobs: BlobAccess, hash: Hash): Promise<readonly Segment[]> => {
  const bytes = await blobs.get(hash)
  if (E.isLeft(bytes)) throw new StreamDamage(hash, bytes.left._tag === "BlobMissing" ? "its blob is gone" : `its blob is damaged: ${bytes.left.reason}`)
  const segments = decodeManifest(bytes.right)
  if (E.isLeft(segments)) throw new StreamDamage(hash, segments.left)
  return segments.right
}

/** The elements of the stream, from the one at `skip` on, in the batches they are read in. Throws `StreamDamage`. */
export const readStream = async function* (blobs: BlobAccess, hash: Hash, skip = 0): AsyncGenerator<readonly Uint8Array[]> {
  let before = 0
  for (const segment of await readManifest(blobs, hash)) {
    const from = Math.max(0, skip - before)
    before += segment.lengths.length
    if (from < segment.lengths.length) yield await readSegment(blobs, segment, from, hash)
  }
}
