/** The far end of the worker transport: loads a job's kind from its module and runs it, one job at a time. SPEC P8. */
import { messageOf } from "../base/message.ts"
import type { MessagePort } from "node:worker_threads"
import type * as E from "fp-ts/lib/Either.js"
import { assert } from "../base/assert.ts"
import { systemClock } from "../base/clock.ts"
import { openBlobAccess, type SmallBlobs } from "../store/blob-access.ts"
import { nodeFiles } from "../store/files.ts"
import { segmentBytes } from "../store/segments.ts"
import type { StoreError } from "../store/store-error.ts"
import { makeDecodedCache } from "./decoded-cache.ts"
import { makeDeviceOpener, type LoadModule } from "./device-opener.ts"
import { execute, type Site } from "./execute.ts"
import type { Kind } from "./kind.ts"
import { withRecentBlobs } from "./recent-blobs.ts"
import type { JobResult } from "./transport.ts"
import type { FromJob, ToJob } from "./stream/message.ts"
import { pack, unpack } from "./stream/wire.ts"
import type { FromWorker, JobMessage, ToWorker, WorkerSetup } from "./worker-message.ts"

const decodedBudget = 256 * 2 ** 20
/** Segments of streams, but for those of a single huge element. */
const recent = { from: 64 * 2 ** 10, upTo: 2 * segmentBytes, budget: 256 * 2 ** 20 }

/** Answers messages on `port` until the thread ends. `load` gives modules by address. */
export const startWorker = (port: MessagePort, { dir, device }: WorkerSetup, load: LoadModule): void => {
  const post = (message: FromWorker): void => port.postMessage(message)
  // Answers come in the order of the questions.
  const asking: ((bytes: Uint8Array | undefined) => void)[] = []
  const small: SmallBlobs = {
    get: (hash) =>
      new Promise((resolve) => {
        asking.push(resolve)
        post({ type: "get small", hash })
      }),
    // A copy: what travels is all of the memory that the bytes are a part of.
    put: (hash, bytes) => post({ type: "put small", hash, bytes: new Uint8Array(bytes) }),
    remove: (hash) => post({ type: "remove small", hash }),
  }
  const site: Site = {
    blobs: withRecentBlobs(openBlobAccess(dir, nodeFiles, small), recent),
    clock: systemClock,
    decoded: makeDecodedCache(decodedBudget),
    device: makeDeviceOpener(device, load),
  }
  const recording: ((result: E.Either<StoreError, void>) => void)[] = []
  let controller = new AbortController()
  let toStreams: ((message: ToJob) => void) | undefined
  const run = async (job: JobMessage): Promise<void> => {
    const current = new AbortController()
    controller = current
    toStreams = undefined
    const { threads, checkpoints, checkpointMs } = job
    const hooks = {
      threads,
      checkpoints,
      checkpointMs,
      signal: current.signal,
      graceMs: 0,
      onProgress: (progress: Extract<FromWorker, { type: "progress" }>["progress"]) => post({ type: "progress", progress }),
      onPartial: (outputs: Extract<FromWorker, { type: "partial" }>["outputs"]) => post({ type: "partial", outputs }),
      link: {
        post: (fromJob: FromJob) => {
          const { message, transfer } = pack(fromJob)
          port.postMessage({ type: "stream", message } satisfies FromWorker, transfer)
        },
        listen: (receive: (message: ToJob) => void) => {
          toStreams = receive
          post({ type: "listening" })
        },
      },
      onCheckpoint: (record: Extract<FromWorker, { type: "checkpoint" }>["record"]) =>
        new Promise<E.Either<StoreError, void>>((resolve) => {
          recording.push(resolve)
          post({ type: "checkpoint", record })
        }),
    }
    const result = await loadKind(job.kind.module, job.kind.id, load).then(
      (kind) => execute({ ...job, kind }, hooks, site),
      (error: unknown): JobResult => notLoaded(job, error),
    )
    post({ type: "result", result })
  }
  /** What is wrong with a module or the device is told by the job that needs it. */
  const warm = async (modules: readonly string[], withDevice: boolean): Promise<void> => {
    for (const module of modules) await load(module).catch(() => undefined)
    if (withDevice) await site.device.open(1).catch(() => undefined)
  }
  port.on("message", (message: ToWorker) => {
    if (message.type === "run") void run(message.job)
    else if (message.type === "warm") void warm(message.modules, message.withDevice)
    else if (message.type === "stream") toStreams?.(unpack(message.message))
    else if (message.type === "abort") controller.abort()
    else if (message.type === "small") asking.shift()?.(message.bytes)
    else recording.shift()?.(message.result)
  })
}

/** The export of `module` that is the kind `id`. Rejects when there is none. */
export const loadKind = async (module: string, id: string, load: LoadModule): Promise<Kind> => {
  const exported = (await load(module)) as { readonly [name: string]: unknown }
  const kind = Object.values(exported).find((value) => typeof value === "object" && value !== null && (value as Kind).id === id)
  assert(kind !== undefined, `the module ${module} exports no kind ${id}; a kind that runs in a worker must be exported from the file it names as its module`)
  return kind as Kind
}

const notLoaded = (job: JobMessage, error: unknown): JobResult => {
  const reason = messageOf(error)
  const stack = error instanceof Error ? error.stack : undefined
  return { _tag: "failed", message: `kind ${job.kind.id} could not be loaded: ${reason}`, ms: 0, transient: false, ...(stack === undefined ? {} : { stack }) }
}
