/** First file of a worker: loads the bundle it is told of, or makes TypeScript readable; then hands over to worker.ts. */
import { once } from "node:events"
import { parentPort, workerData } from "node:worker_threads"

const sourceImporter = () => {
  let readable
  return async (url) => {
    readable ??= import("tsx/esm/api").then(({ register }) => register())
    await readable
    return import(url)
  }
}

const [address] = await once(workerData.code, "message")
// What cannot be loaded as a bundle is told by its sources.
const bundle = address === undefined ? undefined : await import(address).catch(() => undefined)
const importSource = sourceImporter()
const { startWorker } = bundle ?? (await importSource(new URL("./worker.ts", import.meta.url).href))
startWorker(parentPort, workerData, (url) => bundle?.modules[url]?.().catch(() => importSource(url)) ?? importSource(url))
