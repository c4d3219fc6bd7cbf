/** `npm run bench:live`: how quickly a live page follows a slider, and what pages cost training. The rest is TypeScript. */
import { register } from "tsx/esm/api"

register()
const { benchLive } = await import("./live/bench.ts")
process.exitCode = await benchLive(process.argv.slice(2))
