/** `npm run kill-test [KILLS] [SEED]`: SIGKILLs a real run at random moments (100; some minutes) and compares what it comes to. */
import { register } from "tsx/esm/api"

register()
const { killTest } = await import("./kill/kill-test.ts")
const [kills = "100", seed = "1"] = process.argv.slice(2)
process.exitCode = await killTest(Number(kills), Number(seed))
