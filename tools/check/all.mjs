/** `npm test` starts here: the checks are TypeScript, and plain Node does not read that yet. */
import { register } from "tsx/esm/api"

register()
const { checkAll } = await import("./all.ts")
process.exitCode = await checkAll(new URL("../..", import.meta.url))
