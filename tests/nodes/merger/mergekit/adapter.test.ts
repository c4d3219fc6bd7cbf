/** Models with LoRA adapters: merged in one go, and what does not fit is refused. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { decodeHalves, encodeHalves } from "../../../../src/base/half.ts"
import { ndarray, type NdArray, type Tensors } from "../../../../src/base/ndarray.ts"
import { random } from "../../../../src/base/random.ts"
import { safetensorsBytes, testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { execute, modelTensors, planned, problems, readMerged, small, writeModel } from "../checkpoint/made-models.ts"

const folder = testFolder()
const matrix = (seed: string, rows: number, columns: number): NdArray => ndarray("f32", [rows, columns], random(seed).normals(rows * columns))
const adapter = (name: string, tensors: Tensors, config: object): void => {
  writeAt(join(folder, name, "adapter_model.safetensors"), safetensorsBytes(tensors))
  writeAt(join(folder, name, "adapter_config.json"), { peft_type: "LORA", r: 2, lora_alpha: 6, ...config })
}
const model = modelTensors(small, "a")
writeModel(join(folder, "a"), model)
writeModel(join(folder, "b"), modelTensors(small, "b"))
const module = "model.layers.1.mlp.up_proj"
const pair = (prefix = `base_model.model.${module}`): Tensors => ({ [`${prefix}.lora_A.weight`]: matrix("A", 2, 6), [`${prefix}.lora_B.weight`]: matrix("B", 12, 2) })
adapter("lora", pair(), {})

/** The adapted tensor in f64, `scale` times the product added. */
const adapted = (scale: number): Float64Array => {
  const [stored, A, B] = [decodeHalves("bf16", model[`${module}.weight`]!.data as Uint16Array), matrix("A", 2, 6).data as Float32Array, matrix("B", 12, 2).data as Float32Array]
  return Float64Array.from(stored, (w, at) => w + scale * B[2 * Math.floor(at / 6)]! * A[at % 6]! + scale * B[2 * Math.floor(at / 6) + 1]! * A[6 + (at % 6)]!)
}
const mergedOf = async (yaml: string): Promise<Tensors> => {
  const out = join(folder, "out")
  expect(await execute(planned(yaml, { folder }), out)).toBe("done")
  return readMerged(out)
}
const alone = (ref: string, dtype = "float32") => `merge_method: passthrough\nmodels: [{model: ${ref}}]\ndtype: ${dtype}\n`
const f32 = (of: Tensors, name = `${module}.weight`): number[] => [...(of[name]!.data as Float32Array)]

describe("a model with an adapter", () => {
  it("[F13] is the model with the adapter's product added, rounded once", async () => {
    const merged = await mergedOf(alone("a+lora"))
    expect(f32(merged)).toEqual([...Float32Array.from(adapted(3))])
    expect(f32(merged, "model.norm.weight")).toEqual([...decodeHalves("bf16", model["model.norm.weight"]!.data as Uint16Array)])
    const halves = await mergedOf(alone("a+lora", "bfloat16"))
    expect(halves[`${module}.weight`]!.data).toEqual(encodeHalves("bf16", adapted(3)))
  })

  it("[F13] is read again by each merge: another adapter under the same name is another model", async () => {
    adapter("moving", pair(), {})
    expect(f32(await mergedOf(alone("a+moving")))).toEqual([...Float32Array.from(adapted(3))])
    adapter("moving", Object.fromEntries(Object.entries(pair()).map(([name, of]) => [name, name.includes("lora_B") ? { ...of, data: (of.data as Float32Array).map((x) => 2 * x) } : of])), {})
    expect(f32(await mergedOf(alone("a+moving")))).toEqual([...Float32Array.from(adapted(6))])
  })

  it("[F13] merges with others without being stored in between", async () => {
    const merged = await mergedOf("merge_method: linear\nmodels: [{model: a+lora, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]\ndtype: float32\n")
    const other = decodeHalves("bf16", modelTensors(small, "b")[`${module}.weight`]!.data as Uint16Array)
    expect(f32(merged)).toEqual([...Float32Array.from(adapted(3), (w, k) => (w + other[k]!) / 2)])
  })

  it("[F13] takes the difference the adapter makes as a task vector", async () => {
    const merged = await mergedOf("merge_method: task_arithmetic\nbase_model: a\nmodels: [{model: a+lora, parameters: {weight: 0.5}}]\ndtype: float32\n")
    f32(merged).forEach((w, k) => expect(w).toBeCloseTo(adapted(1.5)[k]!, 5))
  })

  it("[F13] scales as the adapter's configuration says: rank-stabilised, by pattern, transposed", async () => {
    adapter("rs", pair(), { use_rslora: true })
    expect(f32(await mergedOf(alone("a+rs")))).toEqual([...Float32Array.from(adapted(6 / Math.sqrt(2)))])
    adapter("pattern", pair(), { alpha_pattern: { up_proj: 2 } })
    expect(f32(await mergedOf(alone("a+pattern")))).toEqual([...Float32Array.from(adapted(1))])
    const square = "model.layers.0.self_attn.q_proj"
    const [A, B] = [matrix("a", 2, 6), matrix("b", 6, 2)]
    adapter("transposed", { [`${square}.lora_A.weight`]: A, [`${square}.lora_B.weight`]: B }, { fan_in_fan_out: true })
    const stored = decodeHalves("bf16", model[`${square}.weight`]!.data as Uint16Array)
    const [down, up] = [A.data as Float32Array, B.data as Float32Array]
    const wanted = Float64Array.from(stored, (w, at) => w + [0, 1].reduce((sum, k) => sum + 3 * down[6 * k + Math.floor(at / 6)]! * up[2 * (at % 6) + k]!, 0))
    f32(await mergedOf(alone("a+transposed")), `${square}.weight`).forEach((w, k) => expect(w).toBeCloseTo(wanted[k]!, 5))
  })

  it("[F13] has whole what the adapter has whole", async () => {
    const norm = ndarray("f32", [6], Float32Array.of(1, 2, 3, 4, 5, 6))
    adapter("whole", { ...pair(), "base_model.model.model.norm.modules_to_save.default.weight": norm }, { modules_to_save: ["norm"] })
    expect(f32(await mergedOf(alone("a+whole")), "model.norm.weight")).toEqual([1, 2, 3, 4, 5, 6])
  })

  it("[F13] in mergekit's long form too", () => {
    expect(planned("merge_method: passthrough\nmodels: [{model: {model: {path: a}, lora: {path: lora}}}]\n", { folder }).inputs[0]?.path).toMatch(/a\+.*lora$/)
  })
})

describe("an adapter that does not fit is refused", () => {
  it.each([
    ["dora", pair(), { use_dora: true }, /adapter_config\.json: expected a LoRA, got use_dora: true/],
    ["elsewhere", pair("base_model.model.model.layers.9.mlp.up_proj"), {}, /expected a module of .*a, got model\.layers\.9\.mlp\.up_proj$/],
    ["half", { [`${module}.lora_A.weight`]: matrix("A", 2, 6) }, {}, /expected a pair of matrices whose product is \[12, 6\].*, got no pair$/],
    ["other-shape", { [`${module}.lora_A.weight`]: matrix("A", 2, 5), [`${module}.lora_B.weight`]: matrix("B", 12, 2) }, {}, /whose product is \[12, 6\], as .*, got \[12, 5\]$/],
    ["unknown", { "base_model.model.prompt": matrix("A", 2, 6) }, {}, /expected lora_A and lora_B weights, and tensors that the model has, got base_model\.model\.prompt$/],
  ])("[F13] %s", (name, tensors, config, message) => {
    adapter(name, tensors, config)
    expect(problems(alone(`a+${name}`), { folder })).toEqual([expect.stringMatching(message)])
  })
})
