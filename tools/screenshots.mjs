/** `npm run screenshots`: the pictures of the live page in docs/, made anew. The rest is TypeScript. */
import { register } from "tsx/esm/api"

register()
const { takeScreenshots } = await import("./live/screenshots.ts")
process.exitCode = await takeScreenshots()
