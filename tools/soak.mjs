/**
 * `npm run soak [TIMES] [SEED]`: the generated tests, every op on every device, TIMES as many cases as `npm test` tries (default 20, which is
 * 2,000 an op) from SEED (default: another one every time; it is printed, and finds the same cases again).
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const [times = "20", seed = `${Date.now() % 1_000_000}`] = process.argv.slice(2)
const tests = ["tests/src/device/onnx.test.ts", "tests/src/device/gpujs-conformance.test.ts", "tests/src/tensor/generated-gradient.test.ts", "tests/src/tensor/vmap.test.ts"]
console.log(`soak: ${times} times as many cases, seed ${seed}`)
const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")))
const child = spawn(process.execPath, [vitest, "run", ...tests, "-t", "generated", "--testTimeout=0", "--no-file-parallelism"], {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  stdio: "inherit",
  env: { ...process.env, CAMBIUM_CASES: times, CAMBIUM_SEED: seed },
})
child.on("close", (code) => (process.exitCode = code ?? 1))
