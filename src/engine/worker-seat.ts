/**
 * One worker thread and the job in it. An abort is first a message; when the thread does not answer in time (it may be
 * inside native code), the thread is ended. SPEC C4.
 */
import { MessageChannel, Worker } from "node:worker_threads"
import type { Signature } from "../graph/signature.ts"
import type { SmallBlobs } from "../store/blob-access.ts"
import type { ToJob } from "./stream/message.ts"
import { pack, unpack } from "./stream/wire.ts"
import type { Job, JobHooks, JobResult } from "./transport.ts"
import type { FromWorker, ToWorker, WorkerSetup } from "./worker-message.ts"

export type WarmKind = Pick<Signature, "module" | "onDevice">

export interface WorkerSeat {
  /** Runs a job; one at a time. Never rejects. */
  readonly run: (job: Job, hooks: JobHooks) => Promise<JobResult>
  /** Loads what jobs of these kinds will need, unless one comes first. */
  readonly warm: (kinds: readonly WarmKind[]) => void
  /** The code on disk is no longer what the thread has loaded: no further job. */
  readonly outdate: () => void
  readonly isOutdated: () => boolean
  readonly isBusy: () => boolean
  readonly isOver: () => boolean
  readonly close: () => Promise<void>
}

/** Where threads that start from now on find their code as a bundle: a module with `startWorker` and `modules`, by address. Undefined: they read sources. */
export type WorkerCode = () => Promise<string | undefined>

export const openWorkerSeat = (setup: WorkerSetup, small: SmallBlobs, code: WorkerCode): WorkerSeat => {
  // The thread starts meanwhile; what is posted to it before it has its code waits.
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(new URL("./worker-boot.mjs", import.meta.url), { workerData: { ...setup, code: port2 }, transferList: [port2] })
  void code()
    .catch(() => undefined)
    .then((address) => {
      port1.postMessage(address)
      port1.close()
    })
  // An idle worker does not keep the process alive.
  worker.unref()
  let outdated = false
  let over = false
  let current: { readonly hooks: JobHooks; readonly end: (result: JobResult) => void } | undefined
  const post = (message: ToWorker): void => worker.postMessage(message)
  const toStreams = (toJob: ToJob): void => {
    const { message, transfer } = pack(toJob)
    worker.postMessage({ type: "stream", message } satisfies ToWorker, transfer)
  }
  const lost = (failure: { readonly message: string; readonly transient: boolean; readonly stack?: string | undefined }): void => {
    over = true
    const cancelled = current?.hooks.signal.aborted === true
    const { message, transient, stack } = failure
    current?.end(cancelled ? { _tag: "cancelled" } : { _tag: "failed", message, ms: 0, transient, ...(stack === undefined ? {} : { stack }) })
  }
  worker.on("message", (message: FromWorker) => {
    if (message.type === "put small") return small.put(message.hash, message.bytes)
    if (message.type === "remove small") return small.remove(message.hash)
    if (message.type === "get small") return void Promise.resolve(small.get(message.hash)).then((bytes) => post({ type: "small", bytes: bytes && new Uint8Array(bytes) }))
    const at = current
    if (at === undefined) return
    if (message.type === "stream") at.hooks.link?.post(unpack(message.message))
    else if (message.type === "listening") at.hooks.link?.listen(toStreams)
    else if (message.type === "progress") at.hooks.onProgress(message.progress)
    else if (message.type === "partial") at.hooks.onPartial(message.outputs)
    else if (message.type === "checkpoint") void at.hooks.onCheckpoint(message.record).then((result) => post({ type: "recorded", result }))
    else at.end(message.result)
  })
  worker.on("error", ({ message, stack }) => lost({ message: `the worker failed: ${message}`, transient: false, stack }))
  worker.on("exit", (code) => lost({ message: `the worker ended before the node did (exit code ${code})`, transient: true }))
  return {
    warm: (kinds) => post({ type: "warm", modules: [...new Set(kinds.map(({ module }) => module))], withDevice: kinds.some(({ onDevice }) => onDevice === true) }),
    outdate: () => {
      outdated = true
    },
    isOutdated: () => outdated,
    isBusy: () => current !== undefined,
    isOver: () => over,
    close: async () => void (await worker.terminate()),
    run: (job, hooks) =>
      new Promise((resolve) => {
        let timer: NodeJS.Timeout | undefined
        const stop = (): void => {
          post({ type: "abort" })
          timer = setTimeout(() => void worker.terminate(), hooks.graceMs)
        }
        const end = (result: JobResult): void => {
          if (current?.end !== end) return
          current = undefined
          clearTimeout(timer)
          hooks.signal.removeEventListener("abort", stop)
          worker.unref()
          resolve(result)
        }
        current = { hooks, end }
        worker.ref()
        const { key, kind: { id, module }, params, inputs, demand, seed } = job
        const { threads, checkpoints, checkpointMs } = hooks
        post({ type: "run", job: { key, kind: { id, module }, params, inputs, demand, seed, threads, checkpoints, checkpointMs } })
        hooks.signal.addEventListener("abort", stop, { once: true })
        if (hooks.signal.aborted) stop()
      }),
  }
}
