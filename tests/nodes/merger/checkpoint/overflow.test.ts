/** Finite values that have no room in what they are stored in: written as infinite, counted by tensor, and told, however the merge went. */
import * as E from "fp-ts/lib/Either.js"
import { statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { encodeHalves } from "../../../../src/base/half.ts"
import { ndarray, numbersOf, type NdArray, type Tensors } from "../../../../src/base/ndarray.ts"
import { systemClock } from "../../../../src/base/clock.ts"
import { executeMerge, resultOfPlan, type ExecuteOptions } from "../../../../nodes/merger/checkpoint/execute-merge.ts"
import type { MergePlan } from "../../../../nodes/merger/checkpoint/merge-plan.ts"
import { describeOverflows, type TensorOverflow } from "../../../../nodes/merger/checkpoint/overflows.ts"
import { quantiseRows } from "../../../../nodes/merger/checkpoint/quantise-rows.ts"
import { testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { runCommand } from "../../../support/command.ts"
import { planned, readMerged, stoppedHalfWay, writeModel } from "./made-models.ts"

const folder = testFolder()
type Dtype = "f32" | "f16" | "bf16"
const tensor = (dtype: Dtype, shape: readonly number[], values: readonly number[] | Float32Array): NdArray =>
  dtype === "f32" ? ndarray(dtype, shape, Float32Array.from(values)) : ndarray(dtype, shape, encodeHalves(dtype, values))
const model = (name: string, tensors: Tensors): string => (writeModel(join(folder, name), { "model.embed_tokens.weight": tensor("f32", [2, 2], [1, 2, 3, 4]), ...tensors }), name)
const sum = (names: readonly string[], more = "") => `merge_method: linear\nmodels: [${names.map((name) => `{model: ${name}, parameters: {weight: 1}}`).join(", ")}]\nparameters: {normalize: false}\n${more}`

const merged = async (plan: MergePlan, out: string, options: Partial<ExecuteOptions> = {}): Promise<{ readonly overflows: readonly TensorOverflow[]; readonly resumed: number }> => {
  const done = await executeMerge(plan, out, { clock: systemClock, seats: 1, signal: new AbortController().signal, progress: () => undefined, ...options })
  if (E.isLeft(done)) throw new Error(done.left)
  expect(resultOfPlan(plan, out)).toEqual({ overflows: done.right.overflows })
  return done.right
}
const toldOf = async (yaml: string, compat = false): Promise<readonly string[]> => {
  const out = join(folder, "told")
  return describeOverflows((await merged(planned(yaml, { folder, out, compat }), out)).overflows)
}

describe("values that have no room", () => {
  const [one, two] = [[60000, 60000, -60000, 1, 2, 3, -Infinity, 40000], [6000, 5000, -7000, 1, 2, 3, 5, 25504]] as const
  model("one", { "model.norm.weight": tensor("f16", [2, 4], one), "lm_head.weight": tensor("f16", [2], [1, 65504]) })
  model("two", { "model.norm.weight": tensor("f16", [2, 4], two), "lm_head.weight": tensor("f16", [2], [1, 65504]) })

  it("[F15] are written as infinite and counted by tensor; what was infinite before is not", async () => {
    const out = join(folder, "f16")
    expect((await merged(planned(sum(["one", "two"]), { folder, out }), out)).overflows).toEqual([
      { tensor: "model.norm.weight", values: 2, largest: 67000, beyond: { format: "float16", key: "out_dtype" } },
      { tensor: "lm_head.weight", values: 1, largest: 131008, beyond: { format: "float16", key: "out_dtype" } },
    ])
    expect([...numbersOf(readMerged(out)["model.norm.weight"] as NdArray)]).toEqual([Infinity, 64992, -Infinity, 2, 4, 6, -Infinity, 65504])
    for (const dtype of ["bfloat16", "float32", "float64"]) expect(await toldOf(sum(["one", "two"], `out_dtype: ${dtype}\n`))).toEqual([])
  })

  it.each([
    ["float16", 7e4, "beyond float16's range and was written as infinite; out_dtype: bfloat16 or float32 holds it"],
    ["bfloat16", 3.4e38, "beyond bfloat16's range and was written as infinite; out_dtype: float32 or float64 holds it"],
    ["float16", 3.4e38, "beyond float16's range and was written as infinite; out_dtype: float32 or float64 holds it"],
  ])("[F15] say what would hold them: %s, %d", async (dtype, value, said) => {
    model("large", { "model.norm.weight": tensor("f32", [3], [1, -value, 2]) })
    expect(await toldOf(`merge_method: passthrough\nmodels: [{model: large}]\nout_dtype: ${dtype}\n`)).toEqual([`1 value of model.norm.weight is ${said}`])
  })

  it("[F15] beyond f32 are counted too, and what f32 arithmetic has no room for on the way", async () => {
    model("large", { "model.norm.weight": tensor("f32", [3], [3e38, -3e38, 2]) })
    expect(await toldOf(sum(["large", "large"], ""))).toEqual(["2 values of model.norm.weight are beyond float32's range and were written as infinite; out_dtype: float64 holds them"])
    expect(await toldOf(sum(["large", "large"], "out_dtype: float64\narithmetic: float32\n"))).toEqual(["2 values of model.norm.weight are beyond the range of what they are calculated in, and were written as infinite"])
    expect(await toldOf(sum(["large", "large"], "out_dtype: float64\n"))).toEqual([])
  })

  it("[F15] of inputs that compat rounds are counted, and the dtype is named that rounds them", async () => {
    // More elements than are read at a time.
    const many = 300_000
    model("large", { "model.norm.weight": tensor("bf16", [4], [70144, Infinity, -1e30, 2]), "lm_head.weight": tensor("bf16", [many], Float32Array.from({ length: many }, (_, k) => (k === many - 1 ? 70144 : 1))) })
    model("zeros", { "model.norm.weight": tensor("bf16", [4], [0, 0, 0, 0]), "lm_head.weight": tensor("bf16", [many], new Float32Array(many)) })
    const yaml = "merge_method: task_arithmetic\nbase_model: zeros\nmodels: [{model: large, parameters: {weight: 1}}]\ndtype: float16\nout_dtype: float32\n"
    expect(await toldOf(yaml, true)).toEqual([
      "2 values of model.norm.weight are beyond float16's range and were written as infinite; dtype: bfloat16 or float32 holds them",
      "1 value of lm_head.weight is beyond float16's range and was written as infinite; dtype: bfloat16 or float32 holds it",
    ])
    expect(await toldOf(yaml)).toEqual([])
  })

  it("[F15] are counted once each in any number of blocks, pieces and threads, by methods that measure and that do not", async () => {
    const [rows, columns] = [2_300, 601]
    const wide = (seed: number) => Float32Array.from({ length: rows * columns }, (_, k) => ((k * 2654435761 + seed) % 1000 === 7 ? 60000 : (k % 100) - 50))
    const of = { "model.embed_tokens.weight": tensor("f16", [rows, columns], wide(0)), "lm_head.weight": tensor("f16", [4], [1, 2, 3, 4]) }
    model("wide", of)
    model("wide-too", { ...of, "lm_head.weight": tensor("f16", [4], [1, 2, 3, 5]) })
    const expected = wide(0).filter((x) => x === 60000).length
    expect(expected).toBeGreaterThan(1000)
    model("still", Object.fromEntries(Object.entries(of).map(([name, { shape, data }]) => [name, ndarray("f16", shape, new Uint16Array(data.length))])))
    const ties = "merge_method: ties\nbase_model: still\nmodels: [{model: wide}, {model: wide-too}]\nparameters: {weight: 1, density: 0.5, normalize: false}\n"
    for (const [name, yaml] of [["linear", sum(["wide", "wide-too"])], ["ties", ties]] as const) for (const seats of [1, 3]) {
      const out = join(folder, `${name}-${seats}`)
      expect((await merged(planned(yaml, { folder, out }), out, { seats })).overflows).toEqual([{ tensor: "model.embed_tokens.weight", values: expected, largest: 120000, beyond: { format: "float16", key: "out_dtype" } }])
    }
  })

  it("[F7, F15] of parts that an earlier process wrote are counted too", async () => {
    const layers = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`model.layers.${i}.w.weight`, tensor("f16", [3000], Array.from({ length: 3000 }, (_, k) => (k === i ? 60000 : 1)))]))
    model("many", layers)
    model("many-too", { ...layers, "lm_head.weight": tensor("f16", [1], [3]) })
    const plan = planned(sum(["many", "many"]), { folder })
    const { overflows } = await merged(plan, join(folder, "whole"))
    expect(overflows.map(({ values }) => values)).toEqual(Array(60).fill(1))
    const out = join(folder, "resumed")
    await stoppedHalfWay(plan, out)
    const again = await merged(plan, out)
    expect(again.resumed).toBeGreaterThan(0)
    expect(again.overflows).toEqual(overflows)
  })

  it("[F15] are told by the command, in words and as JSON, again when there is nothing to do; of many tensors those of the first", async () => {
    const config = writeAt(join(folder, "told.yml"), sum(["one", "two"]))
    const said = ["  2 values of model.norm.weight are beyond float16's range and were written as infinite; out_dtype: bfloat16 or float32 holds them", "  1 value of lm_head.weight is beyond float16's range and was written as infinite; out_dtype: bfloat16 or float32 holds it"]
    const lines = async (...more: readonly string[]): Promise<readonly string[]> => (await runCommand(["merge", config, "by-command", ...more], folder)).stdout.trimEnd().split("\n").slice(-3)
    for (const first of [/^.*by-command: 3 tensors, .* in /, /^.*by-command: is this merge already$/]) expect(await lines()).toEqual([expect.stringMatching(first), ...said])
    expect(JSON.parse((await lines("--json")).at(-1) as string)).toEqual({ event: "done", out: join(folder, "by-command"), unchanged: true, overflows: [expect.objectContaining({ tensor: "model.norm.weight", values: 2 }), expect.objectContaining({ tensor: "lm_head.weight", values: 1 })] })
    const one = { tensor: "w", values: 2, largest: 7e4, beyond: { format: "float16", key: "out_dtype" } } as const
    expect(describeOverflows(Array(12).fill(one)).slice(9)).toEqual([expect.stringMatching(/^2 values of w are /), "so were 4 values of 2 more tensors"])
    expect(describeOverflows(Array(11).fill({ ...one, values: 1 })).at(-1)).toBe("so was 1 value of 1 more tensor")
    expect(statSync(join(folder, "by-command", "model.safetensors")).isFile()).toBe(true)
  })

  it("[F14] have no scale in f32: int8 refuses them", () => {
    expect(() => quantiseRows(Float64Array.of(1, 1e41), 2, new Int8Array(2), new Float32Array(1))).toThrow("expected numbers whose scale float32 can hold, got one of size 1e+41")
  })
})
