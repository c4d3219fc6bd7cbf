/** The value of a stored stream whose elements can be joined. SPEC S2. */
import * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../../base/hash.ts"
import type { PortType } from "../../schema/port.ts"
import type { BlobAccess } from "../../store/blob-access.ts"
import { readStream } from "../../store/stream-reader.ts"

/** Left says what is wrong with the elements. Throws `StreamDamage`. */
export const collect = async (element: PortType, manifest: Hash, blobs: BlobAccess): Promise<E.Either<string, unknown>> => {
  if (element.join === undefined) return E.left("a stream, whose elements cannot be joined")
  const parts: unknown[] = []
  for await (const frames of readStream(blobs, manifest)) {
    for (const frame of frames) {
      const part = element.decode(frame)
      if (E.isLeft(part)) return part
      parts.push(part.right)
    }
  }
  return E.right(element.join(parts))
}
