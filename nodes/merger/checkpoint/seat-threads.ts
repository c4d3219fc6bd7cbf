/**
 * Other threads of a merge. Beside the bundled command lies a bundle of what they run (`tools/bundle/tool-bundle.ts`), which a thread loads
 * in hundredths of a second; without it a compiler is loaded first. Either takes as long as it takes to plan a merge: a thread can be
 * started before its work is known.
 */
import { existsSync } from "node:fs"
import { Worker } from "node:worker_threads"
import type { MeasuredHere, SeatWork } from "./seat.ts"

export interface SeatThread {
  /** Resolves when there is no job left for it, with what it measured, which ends it; rejects with what went wrong. */
  readonly run: (work: SeatWork) => Promise<MeasuredHere>
  /** Ends one that got no work. */
  readonly close: () => void
}

/** Where this code really lies; a bundle replaces `import.meta.url` by where its source lies. */
const here = import.meta

export const startSeatThread = (): SeatThread => {
  const bundled = new URL("seat-thread.cjs", here.url)
  const worker = new Worker(existsSync(bundled) ? bundled : new URL("./seat-boot.mjs", import.meta.url), { execArgv: [] })
  const ended = new Promise<MeasuredHere>((resolve, reject) => {
    worker.on("message", (end: { readonly measured: MeasuredHere } | { readonly failure: string }) => {
      if ("measured" in end) resolve(end.measured)
      else reject(new Error(end.failure))
    })
    worker.on("error", reject)
    worker.on("exit", () => reject(new Error("a thread ended before its work")))
  })
  const close = (): void => void worker.terminate()
  // What goes wrong is told to whoever gives it work.
  ended.catch(() => undefined)
  // No process waits for one that has nothing to do.
  worker.unref()
  return {
    close,
    run: (work) => {
      worker.ref()
      worker.postMessage(work)
      return ended.finally(close)
    },
  }
}
