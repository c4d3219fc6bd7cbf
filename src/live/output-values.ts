/** Values of outputs, read from the store for people: small ones at once, the newest few kept decoded. */
import * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../base/hash.ts"
import type { AnyPort } from "../schema/stream.ts"
import { isStream } from "../schema/stream.ts"
import type { BlobAccess } from "../store/blob-access.ts"
import type { StoredOutput } from "../store/segments.ts"
import { readManifest, readSegment } from "../store/stream-reader.ts"

export interface OutputValues {
  /** Decoded, where that needs no waiting. */
  readonly now: (type: AnyPort, output: StoredOutput) => unknown
  /** Decoded; of a stream the element `index` (the last when undefined). Left says why there is none. */
  readonly read: (type: AnyPort, output: StoredOutput, index?: number) => Promise<E.Either<string, unknown>>
  /** The bytes behind it; of a stream those of one element. */
  readonly bytes: (type: AnyPort, output: StoredOutput, index?: number) => Promise<E.Either<string, Uint8Array>>
}

/** Above this an output is not read for being looked at. */
const mostBytes = 256 * 2 ** 20

export const makeOutputValues = (blobs: BlobAccess): OutputValues => {
  const bytes = async (type: AnyPort, { hash, bytes: size, stream }: StoredOutput, index?: number): Promise<E.Either<string, Uint8Array>> => {
    if (isStream(type)) return elementOf(blobs, hash, index)
    if (size > mostBytes) return E.left(`${size} bytes are too many to look at`)
    const read = await blobs.get(hash, stream === undefined ? size : undefined)
    return E.isRight(read) ? read : E.left("its bytes are not in the store: they are made again when something needs them")
  }
  return {
    now: (type, { hash, bytes: size }) => {
      const found = isStream(type) ? undefined : blobs.getNow(hash, size)
      const value = found === undefined || isStream(type) ? undefined : type.decode(found)
      return value !== undefined && E.isRight(value) ? value.right : undefined
    },
    bytes,
    read: async (type, output, index) => {
      const found = await bytes(type, output, index)
      if (E.isLeft(found)) return found
      return (isStream(type) ? type.element : type).decode(found.right)
    },
  }
}

const elementOf = async (blobs: BlobAccess, manifest: Hash, index: number | undefined): Promise<E.Either<string, Uint8Array>> => {
  try {
    const segments = await readManifest(blobs, manifest)
    const all = segments.reduce((n, { lengths }) => n + lengths.length, 0)
    if (all === 0) return E.left("a stream without elements")
    let at = index ?? all - 1
    if (at >= all) return E.left(`there is no element ${at}: the stream has ${all}`)
    for (const segment of segments) {
      if (at < segment.lengths.length) return E.right((await readSegment(blobs, segment, at, manifest))[0] as Uint8Array)
      at -= segment.lengths.length
    }
    return E.left("a stream without elements")
  } catch {
    return E.left("its elements were not kept, or are gone: they are made again when something needs them")
  }
}
