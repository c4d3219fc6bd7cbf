/** `npm run fuzz [COUNT] [SEED]`: merges COUNT damaged checkpoints (10,000), from another seed every time unless one is given. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { register } from "tsx/esm/api"

register()
const { fuzzCheckpoints } = await import("./fuzz/fuzz-checkpoints.ts")
const [count = "10000", seed = String(Date.now())] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), "cambium-fuzz-"))
try {
  const { refused, merged, faults } = await fuzzCheckpoints(seed, 0, Number(count), folder)
  console.log(`seed ${seed}: ${refused} refused in words, ${merged} merged, ${faults.length} faults`)
  for (const fault of faults.slice(0, 20)) console.error(fault)
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
