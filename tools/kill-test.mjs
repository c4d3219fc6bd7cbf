/** `npm run kill-test [KILLS] [SEED] [PROCESSES] [GRAPH]`: SIGKILLs real runs at random moments (100; half an hour) and compares what they come to. */
import { register } from "tsx/esm/api"

register()
const { killTest } = await import("./kill/kill-test.ts")
const [kills = "100", seed = "1", processes = "1", graph = "growing-transformer"] = process.argv.slice(2)
process.exitCode = await killTest(Number(kills), Number(seed), Number(processes), graph)
