/** The input values of a job, read from blobs and decoded by the types of the kind's ports. */
import * as E from "fp-ts/lib/Either.js"
import type { PortType } from "../schema/port.ts"
import type { BlobAccess, BlobInfo } from "../store/blob-access.ts"
import type { DecodedCache } from "./decoded-cache.ts"
import type { Job, JobResult } from "./transport.ts"

type Problem = Extract<JobResult, { readonly _tag: "damaged" | "failed" }>

/** Values as `run` takes them: a list for a `many` port, undefined for an `optional` one without an edge. */
export const readInputs = async (job: Job, blobs: BlobAccess, decoded: DecodedCache): Promise<E.Either<Problem, { readonly [port: string]: unknown }>> => {
  const values: Record<string, unknown> = {}
  for (const [port, { type, arity }] of Object.entries(job.kind.inputs)) {
    const read: unknown[] = []
    for (const info of job.inputs[port] ?? []) {
      const value = await readValue(port, type, info, blobs, decoded)
      if (E.isLeft(value)) return value
      read.push(value.right)
    }
    values[port] = arity === "many" ? read : read[0]
  }
  return E.right(values)
}

const readValue = async (port: string, type: PortType, { hash, bytes: size }: BlobInfo, blobs: BlobAccess, decoded: DecodedCache): Promise<E.Either<Problem, unknown>> => {
  const held = decoded.get(type.name, hash)
  if (held !== undefined) return E.right(held)
  const bytes = await blobs.get(hash, size)
  if (E.isLeft(bytes)) {
    return E.left({ _tag: "damaged", hash, reason: bytes.left._tag === "BlobMissing" ? "its blob is gone" : `its blob is damaged: ${bytes.left.reason}` })
  }
  const value = type.decode(bytes.right)
  if (E.isLeft(value)) return E.left({ _tag: "failed", message: `input ${port}: expected ${type.name}, got ${value.left}`, ms: 0, transient: false })
  decoded.put(type.name, hash, value.right, size)
  return value
}
