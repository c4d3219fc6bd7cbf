/** Weights of 8 bits with their scales: merged as what they stand for; without scales they are refused. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { execute, planned, problems, readMerged } from "../checkpoint/made-models.ts"

const folder = testFolder()

/** A model whose tensors are given as their bytes. */
const write = (name: string, tensors: { readonly [tensor: string]: readonly [dtype: string, shape: readonly number[], array: Float32Array | Int8Array] }, config: object = {}): void => {
  let at = 0
  const header = Object.fromEntries(Object.entries(tensors).map(([tensor, [dtype, shape, { byteLength }]]) => [tensor, { dtype, shape, data_offsets: [at, (at += byteLength)] }]))
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer)
  writeAt(join(folder, name, "model.safetensors"), Buffer.concat([length, text, ...Object.values(tensors).map(([, , { buffer }]) => new Uint8Array(buffer))]))
  writeAt(join(folder, name, "config.json"), config)
}
const rows = Int8Array.of(127, -64, 1, 0, -128, 5)
const quantised = { quantization_config: { quant_method: "compressed-tensors" }, vocab_size: 7 }
write("rows", { "l.weight": ["I8", [2, 3], rows], "l.weight_scale": ["F32", [2, 1], Float32Array.of(0.5, 3)] }, quantised)
write("one", { "l.weight": ["I8", [2, 3], rows], "l.weight_scale": ["F32", [1], Float32Array.of(0.25)] }, quantised)
write("largest", { "l.weight": ["I8", [2, 3], rows], "l.SCB": ["F32", [2], Float32Array.of(127, 254)] }, quantised)
write("floats", { "l.weight": ["F32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)] })
write("bare", { "l.weight": ["I8", [2, 3], rows] })
write("unfit", { "l.weight": ["I8", [2, 3], rows], "l.weight_scale": ["F32", [3], Float32Array.of(1, 1, 1)] })
write("other", { "l.qweight": ["I8", [2, 3], rows] }, { quantization_config: { quant_method: "gptq" } })

const mean = (...models: readonly string[]) => `merge_method: linear\nmodels: [${models.map((model) => `{model: ${model}, parameters: {weight: 1}}`).join(", ")}]\n`

describe("weights of 8 bits", () => {
  it.each([
    ["rows", [63.5, -32, 0.5, 0, -384, 15]],
    ["one", [31.75, -16, 0.25, 0, -32, 1.25]],
    ["largest", [127, -64, 1, 0, -256, 10]],
  ] as const)("[F14] %s: stand for their scale times what is stored, and are floats in the result", async (name, values) => {
    const out = join(folder, `out-${name}`)
    const plan = planned(mean(name, "floats"), { folder, out })
    expect(plan.tensors.map(({ name, dtype }) => [name, dtype])).toEqual([["l.weight", "F32"]])
    expect(await execute(plan, out)).toBe("done")
    expect([...readMerged(out)["l.weight"]!.data]).toEqual(values.map((value, k) => (value + k + 1) / 2))
    expect(plan.beside["config.json"]).toEqual({ text: `${JSON.stringify({ vocab_size: 7 }, null, 2)}\n` })
  })

  it("[F14] are refused without scales, with scales that do not fit, in forms that are not understood, and as a result's dtype", () => {
    expect(problems(mean("bare", "bare"), { folder })).toEqual(["bare: tensor l.weight: expected I8 with its scales beside it (l.weight_scale or SCB), got none: without them it is no weight"])
    expect(problems(mean("floats", "bare"), { folder })[0]).toContain("bare: tensor l.weight: expected I8 with its scales")
    expect(problems(mean("unfit", "floats"), { folder })[0]).toMatch(/unfit.*tensor l\.weight_scale: expected one number, or one for each of the 2 rows of l\.weight, got \[3\] F32/)
    expect(problems(mean("other", "other"), { folder })[0]).toMatch(/other: config\.json: expected weights as floats, or of 8 bits with their scales beside them \(NAME_scale, SCB\), got quantization_config of gptq/)
    expect(problems(`${mean("rows", "floats")}out_dtype: int8\n`, { folder })).toEqual(["merge.yml:3:12: out_dtype: expected one of float32, float16, bfloat16, float64, got int8"])
  })
})
