/** What a merge holds: the memory that files are read into, calculated in and written from, the same however large a tensor is. */
import { truncateSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { closeFiles, makeArena, mostArenaBytes, openFiles } from "#src"
import { beginJob } from "../../../../nodes/merger/checkpoint/do-job.ts"
import { makeReadFactors } from "../../../../nodes/merger/checkpoint/low-rank.ts"
import { jobsOf } from "../../../../nodes/merger/checkpoint/jobs.ts"
import { preflight, preflightFaults } from "../../../../nodes/merger/checkpoint/preflight.ts"
import { openUnfinished } from "../../../../nodes/merger/checkpoint/unfinished.ts"
import { makeWriteBehind } from "../../../../nodes/merger/checkpoint/write-behind.ts"
import { rawSafetensors, testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { planned } from "./made-models.ts"

const folder = testFolder()
const columns = 512

/** Models of one tensor, of holes: no disk is used. */
const models = (rows: number): readonly string[] =>
  ["a", "b", "c"].map((id) => {
    const name = `${id}-${rows}`
    const header = JSON.stringify({ w: { dtype: "BF16", shape: [rows, columns], data_offsets: [0, 2 * rows * columns] } })
    const path = writeAt(join(folder, name, "model.safetensors"), rawSafetensors(header, 0))
    truncateSync(path, rawSafetensors(header, 0).length + 2 * rows * columns)
    return name
  })
const plan = (method: string, rows: number, shape: string) => {
  const [a, b, c] = models(rows)
  const listed = shape === "two" ? `models: [{model: ${a}}, {model: ${b}}]` : shape === "pair" ? `base_model: ${a}\nmodels: [{model: ${a}}, {model: ${b}}]` : shape === "base and one" ? `base_model: ${a}\nmodels: [{model: ${b}}]` : `${shape === "base" ? `base_model: ${a}\nmodels: [` : `models: [{model: ${a}}, `}{model: ${b}}, {model: ${c}}]`
  return planned(`merge_method: ${method}\n${listed}\nparameters: {${method === "slerp" || method === "nearswap" ? "t: 0.4" : /karcher|stock|arcee|ram|sce/.test(method) ? "" : "weight: 0.5"}}\n`, { folder })
}

/** Bytes of the memory after all jobs of a merge, one after another. */
const held = async (method: string, rows: number, shape: string): Promise<number> => {
  const made = plan(method, rows, shape)
  const [files, arena] = [made.inputs.map((input) => openFiles(input.files)), makeArena()]
  const jobs = jobsOf(made)
  const { outputs, close } = openUnfinished(join(folder, `out-${method}-${rows}`), method, jobs.length, made.layout)
  const behind = makeWriteBehind(arena)
  for (const job of jobs) await beginJob(job, { plan: made, files, outputs, whole: new Map(), arena, behind, factors: makeReadFactors() }).write(0, () => undefined)
  await behind.ended()
  close()
  files.forEach(closeFiles)
  return arena.buffer().byteLength
}

it.each([
  ["linear", ""], ["task_arithmetic", "base"], ["ties", "base"], ["dare_linear", "base"], ["dare_ties", "base"], ["breadcrumbs", "base"], ["della", "base"], ["sce", "base"], ["slerp", "pair"], ["nuslerp", "two"],
  ["multislerp", ""], ["karcher", ""], ["model_stock", "base"], ["nearswap", "pair"], ["arcee_fusion", "base and one"], ["ram", "base"], ["ramplus_tl", "base"],
] as const)("[F5] finding 1: a merge by %s holds as much of a tensor twice the size, and of one a thousand times", async (method, shape) => {
  const [some, more, most] = [8192, 16_384, 8_388_608]
  // Those that sort rows take seconds of it, and are only planned.
  if (method !== "della" && method !== "arcee_fusion") {
    const bytes = await held(method, some, shape)
    expect(await held(method, more, shape)).toBe(bytes)
    expect(bytes).toBeLessThan(64 * 2 ** 20)
    // What the plan tells of one thread, without what is of Node itself, in whole pages.
    expect(bytes).toBeLessThanOrEqual(preflight(plan(method, more, shape), folder, 1).memoryBytes - 110 * 2 ** 20 + 2 ** 16)
  }
  // What the plan tells goes by the same sizes; of jobs, some bytes each are kept.
  const told = [some, more, most].map((rows) => {
    const made = plan(method, rows, shape)
    return preflight(made, folder, 2).memoryBytes - 96 * jobsOf(made).length
  })
  expect(new Set(told).size).toBe(1)
})

it("[F6] a tensor that a method must see whole, and that no memory holds, is told by the plan", () => {
  const made = (rows: number) => planned(`merge_method: nuslerp\nmodels: [${models(rows).slice(0, 2).map((name) => `{model: ${name}}`).join(", ")}]\nparameters: {nuslerp_flatten: false, nuslerp_row_wise: true}\n`, { folder })
  const faults = (rows: number) => preflightFaults(made(rows), join(folder, "new"), { ...preflight(made(rows), folder, 1), freeBytes: undefined })
  // Some ten numbers of 8 bytes for each of the tensor's.
  const rows = mostArenaBytes / (80 * columns)
  expect(faults(Math.floor(rows / 4))).toEqual([])
  expect(faults(4 * Math.ceil(rows))).toEqual([expect.stringMatching(/^tensor w: expected one that nuslerp_columns can hold whole in 4 GiB, got \d{10,} bytes; nuslerp_columns must see all of a tensor at once$/)])
})
