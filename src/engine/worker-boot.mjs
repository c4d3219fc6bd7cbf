/** First file of a worker: makes TypeScript readable, then hands over to worker.ts. */
import { parentPort, workerData } from "node:worker_threads"
import { register } from "tsx/esm/api"

register()
const { startWorker } = await import("./worker.ts")
startWorker(parentPort, workerData)
