/** The input values of a job, read from blobs and decoded by the types of the kind's ports. */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../base/assert.ts"
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

type Value = E.Either<Problem, unknown>

export type Inputs = E.Either<Problem, { readonly [port: string]: unknown }>

/** Values as `run` takes them: a list for a `many` port, undefined for an edge that is not there or not needed. There when this returns, where all of them can be had without waiting. */
export const readInputs = (job: Pick<Job, "kind" | "inputs">, blobs: BlobAccess, decoded: DecodedCache, streams?: JobStreams): Inputs | Promise<Inputs> => {
  const values: Record<string, unknown> = {}
  let waiting: Promise<Value>[] | undefined
  for (const port in job.kind.inputs) {
    const { type, arity } = must(job.kind.inputs[port], port)
    const inputs = job.inputs[port] ?? []
    const read = new Array<unknown>(inputs.length)
    const plain = isStream(type) ? undefined : type
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]
      if (input === null || input === undefined) {
        read[i] = undefined
        continue
      }
      const held = plain && decoded.get(plain.name, (input as StoredOutput).hash)
      if (held !== undefined) {
        read[i] = held
        continue
      }
      const value = isStream(type) ? E.right(openStream(type, input, must(streams, "streams"))) : readValue(port, type, input as StoredOutput, blobs, decoded)
      if (value instanceof Promise) {
        const take = (come: Value): Value => {
          if (E.isRight(come)) read[i] = come.right
          if (E.isRight(come) && arity !== "many") values[port] = come.right
          return come
        }
        ;(waiting ??= []).push(value.then(take))
      } else if (E.isLeft(value)) return value
      else read[i] = value.right
    }
    values[port] = arity === "many" ? read : read[0]
  }
  return waiting === undefined ? E.right(values) : Promise.all(waiting).then((all) => all.find(E.isLeft) ?? E.right(values))
}

const openStream = (type: StreamType, input: StoredOutput | LiveInput, streams: JobStreams): unknown =>
  "live" in input ? streams.live(type, input) : streams.stored(type, input.hash)

const readValue = (port: string, type: PortType, output: StoredOutput, blobs: BlobAccess, decoded: DecodedCache): Value | Promise<Value> => {
  const { hash, bytes, stream } = output
  const found = stream === undefined ? blobs.getNow(hash, bytes) : undefined
  const value = found === undefined ? undefined : type.decode(found)
  // What is wrong with it is told below.
  if (value === undefined || E.isLeft(value)) return readLater(port, type, output, blobs, decoded)
  decoded.put(type.name, hash, value.right, bytes)
  return value
}

const readLater = async (port: string, type: PortType, { hash, bytes: size, stream }: StoredOutput, blobs: BlobAccess, decoded: DecodedCache): Promise<Value> => {
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
