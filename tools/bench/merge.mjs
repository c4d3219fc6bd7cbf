/**
 * `npm run bench:merge [WORDS]`: merging checkpoints on disk beside the floor (reading every input byte once, writing every output
 * byte once) and beside PyTorch doing it tensor by tensor; only rows whose names have one of the words.
 */
import { register } from "tsx/esm/api"

register()
const { benchMerge } = await import("./merge/bench.ts")
process.exitCode = await benchMerge(process.argv.slice(2))
