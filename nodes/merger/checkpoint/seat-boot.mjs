/** First file of a thread that merges, where the sources are not bundled: makes TypeScript readable, then does its part. */
import { register } from "tsx/esm/api"

register()
await import("./seat-thread.ts")
