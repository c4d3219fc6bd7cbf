/** Streams so many MiB through a slow consumer in this process, and prints its greatest resident size: `stream-memory.mjs MIB`. */
import { register } from "tsx/esm/api"

register()
const { streamThrough } = await import("./stream-through.ts")
await streamThrough(Number(process.argv[2]))
const { maxRSS } = process.resourceUsage()
process.stdout.write(JSON.stringify({ peakMiB: Math.round(maxRSS / 1024) }))
