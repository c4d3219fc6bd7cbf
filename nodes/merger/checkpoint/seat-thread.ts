/**
 * Another thread of a merge: this module starts it, and in it this module is what runs. Beside the bundled command lies a bundle of
 * this module alone (`tools/bundle/tool-bundle.ts`), which a thread loads in hundredths of a second; without it a compiler is loaded first.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"
import { runSeat, type SeatWork } from "./seat.ts"

/** Where this code really lies; a bundle replaces `import.meta.url` by where its source lies. */
const here = import.meta
const first = /[/\\]seat-thread-[A-Z0-9]+\.js$/.test(here.url) ? new URL("seat-thread.js", here.url) : new URL("./seat-boot.mjs", import.meta.url)

/** Resolves when there is no job left for it; rejects with what went wrong. */
export const startSeatThread = (work: SeatWork): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(first, { workerData: { merge: work }, execArgv: [] })
    worker.on("message", (failure: string | undefined) => {
      void worker.terminate()
      if (failure === undefined) resolve()
      else reject(new Error(failure))
    })
    worker.on("error", reject)
    worker.on("exit", () => reject(new Error("a thread ended before its work")))
  })

const given = workerData as { readonly merge?: SeatWork } | null
if (!isMainThread && given?.merge !== undefined) {
  runSeat(given.merge, () => undefined).then(
    () => parentPort?.postMessage(undefined),
    (error: unknown) => parentPort?.postMessage(error instanceof Error ? error.message : String(error)),
  )
}
