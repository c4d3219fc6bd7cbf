/**
 * The stream ports of one running job, in the thread it runs in: inputs as async iterables of decoded elements, live or
 * from the store, and the pump that asks its generator for elements as fast as its consumers allow. SPEC S3-S5, S7.
 */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../../base/assert.ts"
import type { Clock } from "../../base/clock.ts"
import { nextTurn } from "../../base/next-turn.ts"
import { isStream, type Stream, type StreamType } from "../../schema/stream.ts"
import type { BlobAccess } from "../../store/blob-access.ts"
import { describeStoreError } from "../../store/store-error.ts"
import { readStream } from "../../store/stream-reader.ts"
import { NodeFailure } from "../context.ts"
import type { Kind } from "../kind.ts"
import type { Job, JobHooks, OutputBlobs } from "../transport.ts"
import { makeInlet, type Inlet } from "./inlet.ts"
import type { FromJob, LiveInput, ToJob } from "./message.ts"
import { makeOutlet, type Outlet } from "./outlet.ts"

export type Generator = AsyncGenerator<{ readonly [port: string]: unknown }, { readonly [port: string]: unknown } | undefined>

export interface JobStreams {
  readonly live: (type: StreamType, input: LiveInput) => Stream<unknown>
  readonly stored: (type: StreamType, manifest: Parameters<typeof readStream>[1]) => Stream<unknown>
  /** All inputs are made: what the other ends have said meanwhile comes now. The engine keeps it until then. */
  readonly listen: () => void
  /** Runs the generator to its end; gives the values it returns and the streams as they lie in the store. */
  readonly pump: (generator: Generator) => Promise<{ readonly values: { readonly [port: string]: unknown }; readonly streams: OutputBlobs }>
  /** An input broke off. */
  readonly isBroken: () => boolean
}

/** Milliseconds that a generator may go on without letting anything else of its thread happen. */
const longestTurnMs = 10

export const readsStreams = ({ inputs }: Pick<Kind, "inputs">): boolean => {
  for (const port in inputs) if (isStream(must(inputs[port], port).type)) return true
  return false
}

export const hasStreams = (kind: Pick<Kind, "inputs" | "outputs">): boolean => {
  for (const port in kind.outputs) if (isStream(must(kind.outputs[port], port))) return true
  return readsStreams(kind)
}

export const isGenerator = (value: unknown): value is Generator => typeof (value as Partial<Generator> | null)?.[Symbol.asyncIterator] === "function"

export const makeJobStreams = (job: Job, hooks: JobHooks, blobs: BlobAccess, clock: Clock): JobStreams => {
  const inlets = new Map<number, Inlet>()
  const outlets = new Map<string, Outlet>()
  const byEdge = new Map<number, Outlet>()
  const { link } = hooks
  const post = (message: FromJob): void => link?.post(message)
  for (const [port, type] of Object.entries(job.kind.outputs)) {
    if (isStream(type)) outlets.set(port, makeOutlet({ blobs, clock, demand: job.demand?.[port] ?? { keep: true, expects: 0 }, post }))
  }
  const receive = (message: ToJob): void => {
    const { edge } = message
    if (message.type === "attach") {
      const outlet = outlets.get(message.port)
      if (outlet === undefined) return
      byEdge.set(edge, outlet)
      outlet.attach(edge, message)
    } else if (message.type === "taken") byEdge.get(edge)?.taken(edge, message.items, message.bytes)
    else if (message.type === "detach") byEdge.get(edge)?.detach(edge)
    else if (message.type === "spill") byEdge.get(edge)?.spill(edge)
    else inlets.get(edge)?.receive(message)
  }

  const pump: JobStreams["pump"] = async (generator) => {
    const stop = (): void => outlets.forEach((outlet) => outlet.stop(hooks.signal.reason))
    hooks.signal.addEventListener("abort", stop, { once: true })
    try {
      let turnFrom = clock.now()
      for (;;) {
        hooks.signal.throwIfAborted()
        const step = await generator.next()
        if (step.done === true) return { values: step.value ?? {}, streams: await endAll() }
        for (const port in step.value) {
          const element = step.value[port]
          if (element === undefined) continue
          const outlet = outlets.get(port)
          if (outlet === undefined) throw new NodeFailure(`gives an element of ${port}, which is no stream output of ${job.kind.id}`)
          const waiting = outlet.emit((job.kind.outputs[port] as StreamType).element.encode(element))
          if (waiting !== undefined) await waiting
        }
        if (clock.now() - turnFrom > longestTurnMs) {
          await nextTurn()
          turnFrom = clock.now()
        }
      }
    } finally {
      hooks.signal.removeEventListener("abort", stop)
      // What it opened is closed before the job counts as ended.
      await generator.return(undefined)
    }
  }
  const endAll = async (): Promise<OutputBlobs> => {
    const streams: Record<string, OutputBlobs[string]> = {}
    for (const [port, outlet] of outlets) {
      const output = await outlet.end()
      if (E.isLeft(output)) throw new NodeFailure(describeStoreError(output.left))
      streams[port] = output.right
    }
    return streams
  }
  const decoded = (type: StreamType, frame: Uint8Array, lasting = false): unknown => {
    const value = type.element.decode(frame, lasting)
    if (E.isLeft(value)) throw new NodeFailure(`expected an element of ${type.name}, got ${value.left}`)
    return value.right
  }

  return {
    listen: () => link?.listen(receive),
    live: (type, input) => {
      const inlet = makeInlet(input, blobs, post)
      inlets.set(input.live, inlet)
      post({ type: "ready", edge: input.live })
      return once(
        () => {
          const frame = inlet.next()
          if (frame instanceof Uint8Array) return Promise.resolve({ done: false, value: decoded(type, frame) })
          return frame.then((next) => (next === undefined ? over : { done: false, value: decoded(type, next) }))
        },
        inlet.leave,
      )
    },
    stored: (type, manifest) => {
      const batches = readStream(blobs, manifest)
      let batch: readonly Uint8Array[] = []
      let at = 0
      return once(async () => {
        while (at >= batch.length) {
          const more = await batches.next()
          if (more.done === true) return over
          batch = more.value
          at = 0
        }
        return { done: false, value: decoded(type, batch[at++] as Uint8Array, true) }
      }, () => void batches.return(undefined))
    },
    pump,
    isBroken: () => [...inlets.values()].some((inlet) => inlet.isBroken()),
  }
}

const over: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** An iterable that can be read once: what has gone by while it ran is not held for a second reader. */
const once = (next: () => Promise<IteratorResult<unknown>>, leave: () => void): Stream<unknown> => {
  let isTaken = false
  return {
    [Symbol.asyncIterator]: () => {
      if (isTaken) throw new NodeFailure("a stream input can be read once")
      isTaken = true
      return {
        next,
        return: async () => {
          leave()
          return over
        },
      }
    },
  }
}
