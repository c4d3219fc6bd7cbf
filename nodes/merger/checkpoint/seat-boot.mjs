/** First file of a thread that merges: makes TypeScript readable, then does its part. */
import { parentPort, workerData } from "node:worker_threads"
import { register } from "tsx/esm/api"

register()
const { runSeat } = await import("./seat.ts")
try {
  await runSeat(workerData)
  parentPort.postMessage(undefined)
} catch (error) {
  parentPort.postMessage(error instanceof Error ? error.message : String(error))
}
