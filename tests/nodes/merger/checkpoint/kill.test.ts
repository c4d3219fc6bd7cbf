/** `cambium merge` killed with SIGKILL again and again, at moments spread over its work: it goes on, and ends with the same bytes. */
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { hashBytes } from "../../../../src/base/hash.ts"
import { random } from "../../../../src/base/random.ts"
import { unfinishedFolder } from "../../../../nodes/merger/checkpoint/unfinished.ts"
import { testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { execute, modelTensors, planned, writeModel } from "./made-models.ts"

const command = fileURLToPath(new URL("../../../../tools/cambium.mjs", import.meta.url))

const folder = testFolder()
const shape = { layers: 3, vocabulary: 400, width: 512, dtype: "bf16" } as const
for (const name of ["a", "b", "c"]) writeModel(join(folder, name), modelTensors(shape, name))

it.each([
  ["SLERP", "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.3}\n", 12],
  ["TIES", "merge_method: ties\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 0.5, density: 0.3}\n", 6],
  ["DARE", "merge_method: dare_linear\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 0.5, density: 0.5}\n", 6],
] as const)("[F7] killed at moments of its work, a merge by %s in three threads ends with the bytes of one that nobody killed", async (name, yaml, most) => {
  const config = writeAt(join(folder, `${name}.yml`), yaml)
  const whole = join(folder, `${name}-whole`)
  expect(await execute(planned(yaml, { folder, out: whole }), whole)).toBe("done")
  const hash = (out: string) => hashBytes(readFileSync(join(out, "model.safetensors")))
  const out = join(folder, name)
  const { uniform } = random(`kills ${name}`)
  let kills = 0
  for (let i = 0; i < most && !existsSync(out); i++) {
    const child = spawn(process.execPath, [command, "merge", config, out, "--jobs", "3"], { stdio: "ignore" })
    const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()))
    // Until there is something to lose, then at any moment of the rest.
    for (let waited = 0; !existsSync(unfinishedFolder(out)) && child.exitCode === null && waited < 20_000; waited += 5) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 40 * uniform(i)))
    if (child.exitCode === null) kills++
    child.kill("SIGKILL")
    await ended
    // Whole, or not there at all.
    if (existsSync(out)) expect(hash(out)).toBe(hash(whole))
  }
  expect(kills).toBeGreaterThan(0)
  if (!existsSync(out)) expect(await execute(planned(yaml, { folder, out }), out)).toBe("done")
  expect(hash(out)).toBe(hash(whole))
}, 120_000)
