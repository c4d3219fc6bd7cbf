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

it("[F7] killed at moments of its work, a merge ends with the bytes of one that nobody killed", async () => {
  const folder = testFolder()
  const shape = { layers: 3, vocabulary: 400, width: 512, dtype: "bf16" } as const
  for (const name of ["a", "b"]) writeModel(join(folder, name), modelTensors(shape, name))
  const yaml = "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.3}\n"
  const config = writeAt(join(folder, "merge.yml"), yaml)
  expect(await execute(planned(yaml, { folder }), join(folder, "whole"))).toBe("done")
  const hash = (out: string) => hashBytes(readFileSync(join(out, "model.safetensors")))
  const out = join(folder, "out")
  const { uniform } = random("kills")
  let kills = 0
  for (let i = 0; i < 12 && !existsSync(out); i++) {
    const child = spawn(process.execPath, [command, "merge", config, out], { stdio: "ignore" })
    const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()))
    // Until there is something to lose, then at any moment of the rest.
    for (let waited = 0; !existsSync(unfinishedFolder(out)) && child.exitCode === null && waited < 20_000; waited += 5) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 40 * uniform(i)))
    if (child.exitCode === null) kills++
    child.kill("SIGKILL")
    await ended
    // Whole, or not there at all.
    if (existsSync(out)) expect(hash(out)).toBe(hash(join(folder, "whole")))
  }
  expect(kills).toBeGreaterThan(0)
  if (!existsSync(out)) expect(await execute(planned(yaml, { folder }), out)).toBe("done")
  expect(hash(out)).toBe(hash(join(folder, "whole")))
}, 120_000)
