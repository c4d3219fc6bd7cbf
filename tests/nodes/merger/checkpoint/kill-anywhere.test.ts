/**
 * `cambium merge` killed with SIGKILL at changes to the disk and bytes of writes that are drawn from all there are, of several stages, of measured models
 * and of one that takes another's place: what has the final name is always whole, and running again ends with the same bytes.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { hashBytes } from "../../../../src/base/hash.ts"
import { ndarray, type Tensors } from "../../../../src/base/ndarray.ts"
import { random } from "../../../../src/base/random.ts"
import { testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { modelTensors, writeModel } from "./made-models.ts"

const command = fileURLToPath(new URL("../../../../tools/cambium.mjs", import.meta.url))
const preload = fileURLToPath(new URL("./die-at.cjs", import.meta.url))

const folder = testFolder()
const shape = { layers: 3, vocabulary: 60, width: 24, dtype: "f32" } as const
const squares = (tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, { shape: of, data }]) => [name, ndarray("f32", of, (data as Float32Array).map((x) => x * x))]))
for (const name of ["a", "b", "c"]) writeModel(join(folder, name), modelTensors(shape, name))
for (const name of ["fa", "fb"]) writeModel(join(folder, name), squares(modelTensors(shape, name)))

const linear = "merge_method: linear\nmodels: [{model: a}, {model: c}]\n"
const measured = "merge_method: ties\nbase_model: a\nmodels: [{model: b}, {model: c}]\nparameters: {weight: 0.5, density: 0.3, scope: model}\n"
const stages = [
  "name: sure\nmerge_method: fisher\nmodels: [{model: a, companions: {fisher: fa}}, {model: b, companions: {fisher: fb}}]\n",
  `name: cut\n${measured}`,
  "merge_method: slerp\nbase_model: sure\nmodels: [{model: cut}]\nparameters: {t: 0.3}\nout_dtype: bfloat16\n",
].join("---\n")

/** Killed at change `at`, if there are so many; else how many there were. */
const run = (config: string, out: string, at?: number, share = 0): { readonly isKilled: boolean; readonly changes: number } => {
  const args = ["--require", preload, command, "merge", config, out, "--jobs", "1", "--shard", "12kB"]
  const { signal, status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env: { ...process.env, DIE_UNDER: folder, ...(at === undefined ? {} : { DIE_AT: `${at}`, DIE_SHARE: `${share}` }) } })
  const isKilled = signal === "SIGKILL"
  expect([isKilled || status === 0, stderr]).toEqual([true, expect.anything()])
  return { isKilled, changes: Number(/changes: (\d+)/.exec(stderr)?.[1]) }
}

/** Names and bytes of weights and what lies beside them; but not which files it was made of, as of a stage they are others each time. */
const hashOf = (out: string): string => hashBytes(Buffer.from(JSON.stringify(readdirSync(out).sort().filter((name) => !name.startsWith("cambium")).map((name) => [name, hashBytes(readFileSync(join(out, name)))]))))

it.each([
  ["three stages", stages, undefined],
  ["a merge that measures whole models", measured, undefined],
  ["a merge in the place of an earlier one", measured, linear],
] as const)("[F7] %s", (name, yaml, before) => {
  const id = name.replaceAll(" ", "-")
  const config = writeAt(join(folder, `${id}.yml`), yaml)
  const earlier = before === undefined ? undefined : writeAt(join(folder, `${id}-before.yml`), before)
  const [whole, out] = [join(folder, `${id}-whole`), join(folder, `${id}-out`)]
  if (earlier !== undefined) run(earlier, whole)
  const old = earlier === undefined ? undefined : hashOf(whole)
  const { changes } = run(config, whole)
  const wanted = hashOf(whole)
  expect([wanted === old, changes > 30]).toEqual([false, true])
  const { uniform, below } = random(`kills of ${name}`)
  let kills = 0
  for (let round = 0; round < 6; round++) {
    if (earlier !== undefined) run(earlier, out)
    else rmSync(out, { recursive: true, force: true })
    // Killed, and once more on the way on; the last round dies at the very end, where names change.
    for (const turn of [0, 1]) {
      const draw = 2 * round + turn
      const last = run(config, out, round < 4 ? 1 + below(draw, changes) : changes - 2 * (round - 4) - turn, uniform(100 + draw))
      kills += Number(last.isKilled)
      if (existsSync(out)) expect([wanted, old]).toContain(hashOf(out))
    }
    run(config, out)
    expect(hashOf(out)).toBe(wanted)
    expect(readdirSync(folder).filter((entry) => entry.includes(`${id}-out`))).toEqual([`${id}-out`])
  }
  expect(kills).toBeGreaterThan(6)
}, 240_000)
