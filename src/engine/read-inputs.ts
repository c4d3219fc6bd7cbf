/** The input values of a job, read from blobs and decoded by the types of the kind's ports. */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../base/assert.ts"
import type { Input } from "../graph/signature.ts"
import type { PortType } from "../schema/port.ts"
import { isStream, type StreamType } from "../schema/stream.ts"
import type { BlobAccess } from "../store/blob-access.ts"
import type { StoredOutput } from "../store/segments.ts"
import { StreamDamage } from "../store/stream-reader.ts"
import type { Hash } from "../base/hash.ts"
import type { DecodedCache } from "./decoded-cache.ts"
import { collect } from "./stream/collect.ts"
import type { JobStreams } from "./stream/job-streams.ts"
import type { LiveInput } from "./stream/message.ts"
import type { Job, JobResult } from "./transport.ts"

type Problem = Extract<JobResult, { readonly _tag: "damaged" | "failed" }>

export type Inputs = E.Either<Problem, { readonly [port: string]: unknown }>

/** The values of a kind without streams, where all of them can be had without waiting. */
export const inputsAtHand = (job: Job, blobs: BlobAccess, decoded: DecodedCache): Inputs | undefined => {
  const values: Record<string, unknown> = {}
  for (const port in job.kind.inputs) {
    const { type, arity } = job.kind.inputs[port] as Input
    if (isStream(type)) return undefined
    const read: unknown[] = []
    for (const input of (job.inputs[port] ?? []) as readonly (StoredOutput | null)[]) {
      if (input === null) {
        read.push(undefined)
        continue
      }
      const { hash, bytes, stream } = input
      let value = decoded.get(type.name, hash)
      if (value === undefined) {
        const found = stream === undefined ? blobs.getNow(hash, bytes) : undefined
        const made = found === undefined ? undefined : type.decode(found)
        if (made === undefined || E.isLeft(made)) return undefined
        value = made.right
        decoded.put(type.name, hash, value, bytes)
      }
      read.push(value)
    }
    values[port] = arity === "many" ? read : read[0]
  }
  return E.right(values)
}

/** Values as `run` takes them: a list for a `many` port, undefined for an edge that is not there or not needed. */
export const readInputs = async (job: Pick<Job, "kind" | "inputs">, blobs: BlobAccess, decoded: DecodedCache, streams?: JobStreams): Promise<Inputs> => {
  const values: Record<string, unknown> = {}
  for (const [port, { type, arity }] of Object.entries(job.kind.inputs)) {
    const read: unknown[] = []
    for (const input of job.inputs[port] ?? []) {
      if (input === null) {
        read.push(undefined)
        continue
      }
      const value = isStream(type) ? E.right(openStream(type, input, must(streams, "streams"))) : await readValue(port, type, input as StoredOutput, blobs, decoded)
      if (E.isLeft(value)) return value
      read.push(value.right)
    }
    values[port] = arity === "many" ? read : read[0]
  }
  return E.right(values)
}

const openStream = (type: StreamType, input: StoredOutput | LiveInput, streams: JobStreams): unknown =>
  "live" in input ? streams.live(type, input) : streams.stored(type, input.hash)

const readValue = async (port: string, type: PortType, { hash, bytes: size, stream }: StoredOutput, blobs: BlobAccess, decoded: DecodedCache): Promise<E.Either<Problem, unknown>> => {
  const held = decoded.get(type.name, hash)
  if (held !== undefined) return E.right(held)
  const value = await (stream === undefined ? readBlob(type, hash, size, blobs) : readStreamed(type, hash, blobs))
  if (E.isLeft(value)) return typeof value.left === "string" ? E.left({ _tag: "failed", message: `input ${port}: expected ${type.name}, got ${value.left}`, ms: 0, transient: false }) : value as E.Left<Problem>
  decoded.put(type.name, hash, value.right, stream?.size ?? size)
  return value
}

const readBlob = async (type: PortType, hash: Hash, size: number, blobs: BlobAccess): Promise<E.Either<string | Problem, unknown>> => {
  const bytes = await blobs.get(hash, size)
  if (E.isRight(bytes)) return type.decode(bytes.right)
  return E.left({ _tag: "damaged", hash, reason: bytes.left._tag === "BlobMissing" ? "its blob is gone" : `its blob is damaged: ${bytes.left.reason}` })
}

const readStreamed = async (type: PortType, hash: Hash, blobs: BlobAccess): Promise<E.Either<string | Problem, unknown>> => {
  try {
    return await collect(type, hash, blobs)
  } catch (error) {
    if (error instanceof StreamDamage) return E.left({ _tag: "damaged", hash, reason: error.message })
    throw error
  }
}
