/** `npm run mutants [WORDS]`: are the property tests of the engine sharp enough? Several minutes; WORDS picks mutants by their faults. */
import { register } from "tsx/esm/api"

register()
const { runMutants } = await import("./mutants/run.ts")
process.exitCode = await runMutants(new URL("..", import.meta.url), console.log, process.argv[2])
