/** Weights of 8 bits with their scales: merged as what they stand for; without scales they are refused. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { encodeHalves } from "../../../../src/base/half.ts"
import { ndarray } from "../../../../src/base/ndarray.ts"
import { random } from "../../../../src/base/random.ts"
import { testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { quantiseRows } from "../../../../nodes/merger/checkpoint/quantise-rows.ts"
import { execute, planned, problems, readMerged, writeModel } from "../checkpoint/made-models.ts"

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

/** Tensors of a merged model in one file, of whole numbers of 8 bits and f32. */
const stored = (out: string) => {
  const bytes = readFileSync(join(out, "model.safetensors"))
  const end = 8 + Number(bytes.readBigUInt64LE())
  const { __metadata__: _, ...header } = JSON.parse(bytes.subarray(8, end).toString()) as { readonly [name: string]: { readonly dtype: string; readonly shape: readonly number[]; readonly data_offsets: readonly [number, number] } }
  return Object.fromEntries(Object.entries(header).map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
    const { buffer } = Uint8Array.from(bytes.subarray(end + from, end + to))
    return [name, { dtype, shape, numbers: dtype === "I8" ? new Int8Array(buffer) : new Float32Array(buffer) }]
  }))
}

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

  it("[F14] rows of tokens that a model has not have no scale: what lies before its scales is not read", async () => {
    const tokenizer = (name: string, ...tokens: readonly string[]) => writeAt(join(folder, name, "tokenizer.json"), { added_tokens: [], model: { type: "BPE", vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: [] } })
    // The last four bytes are those of an f32 NaN.
    write("eight", { "embed_tokens.weight": ["I8", [2, 4], Int8Array.of(2, 4, 6, 8, 0, 0, -64, 127)], "embed_tokens.weight_scale": ["F32", [2, 1], Float32Array.of(0.5, 2)] }, quantised)
    write("three", { "embed_tokens.weight": ["F32", [3, 4], Float32Array.of(1, 1, 1, 1, 0, 0, 0, 0, 7, 7, 7, 7)] }, { vocab_size: 3 })
    tokenizer("eight", "x", "y")
    tokenizer("three", "x", "y", "z")
    const out = join(folder, "out-rows")
    expect(await execute(planned(`${mean("eight", "three")}tokenizer: {source: union, pad_to_multiple_of: 4}\n`, { folder, out }), out)).toBe("done")
    expect([...readMerged(out)["embed_tokens.weight"]!.data]).toEqual([1, 1.5, 2, 2.5, 0, 0, -64, 127, 7, 7, 7, 7, 0, 0, 0, 0])
  })

  it("[F14] are refused without scales, with scales that do not fit, in forms that are not understood, and as the dtype of what has no layers", () => {
    expect(problems(mean("bare", "bare"), { folder })).toEqual(["bare: tensor l.weight: expected I8 with its scales beside it (l.weight_scale or SCB), got none: without them it is no weight"])
    expect(problems(mean("floats", "bare"), { folder })[0]).toContain("bare: tensor l.weight: expected I8 with its scales")
    expect(problems(mean("unfit", "floats"), { folder })[0]).toMatch(/unfit.*tensor l\.weight_scale: expected one number, or one for each of the 2 rows of l\.weight, got \[3\] F32/)
    expect(problems(mean("other", "other"), { folder })[0]).toMatch(/other: config\.json: expected weights as floats, or of 8 bits with their scales beside them \(NAME_scale, SCB\), got quantization_config of gptq/)
    expect(problems(`${mean("rows", "floats")}out_dtype: int8\n`, { folder })).toEqual(["merge.yml:3:12: out_dtype: expected matrices in numbered layers, which are what int8 is for, got none in the result"])
    expect(problems(`${mean("rows", "floats")}dtype: int8\n`, { folder })).toEqual(["merge.yml:3:8: dtype: expected one of float32, float16, bfloat16, float64, got int8"])
  })
})

it("[F14] numbers in the middle of two whole ones go to the even one", () => {
  const [into, scales] = [new Int8Array(6), new Float32Array(1)]
  quantiseRows(Float64Array.of(127, 0.5, 1.5, 2.5, -0.5, -1.5), 6, into, scales)
  expect([[...into], ...scales]).toEqual([[127, 0, 2, 2, 0, -2], 1])
})

describe("out_dtype: int8", () => {
  // More rows than a block holds, a row of zeros, and one whose largest is negative.
  const [height, row] = [1100, 1000]
  const matrix = (seed: string) => random(seed).normals(height * row).map((x, k) => (k < row ? 0 : k < 2 * row ? -Math.abs(x) : x * 2 ** (Math.floor(k / row) % 9)))
  for (const name of ["a", "b"]) {
    writeModel(join(folder, name), {
      "model.embed_tokens.weight": ndarray("f32", [3, 2], random(`${name} e`).normals(6)),
      "model.layers.0.proj.weight": ndarray("f32", [height, row], matrix(name)),
      "model.layers.0.norm.weight": ndarray("f32", [4], random(`${name} n`).normals(4)),
      "model.layers.1.proj.weight": ndarray("bf16", [2, 8], encodeHalves("bf16", random(`${name} p`).normals(16))),
    })
  }
  const slerp = "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.4}\n"
  const made = async (yaml: string, name: string, options: object = {}) => {
    const out = join(folder, name)
    expect(await execute(planned(yaml, { folder, out }), out, options)).toBe("done")
    return stored(out)
  }

  it("[F14] stores matrices of layers with a scale a row, off by at most a 254th of the row's largest, and all else as without", async () => {
    const [floats, eights] = [await made(`${slerp}out_dtype: float32\n`, "in-f32"), await made(`${slerp}out_dtype: int8\n`, "in-i8")]
    expect(Object.fromEntries(Object.entries(eights).map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]))).toEqual({
      "model.embed_tokens.weight": ["F32", 3, 2], "model.layers.0.norm.weight": ["F32", 4],
      "model.layers.0.proj.weight": ["I8", height, row], "model.layers.0.proj.weight_scale": ["F32", height, 1],
      "model.layers.1.proj.weight": ["I8", 2, 8], "model.layers.1.proj.weight_scale": ["F32", 2, 1],
    })
    for (const name of ["model.embed_tokens.weight", "model.layers.0.norm.weight"]) expect(eights[name]).toEqual(floats[name])
    for (const name of ["model.layers.0.proj.weight", "model.layers.1.proj.weight"]) {
      const [exact, whole, scales] = [[...floats[name]!.numbers], [...eights[name]!.numbers], [...eights[`${name}_scale`]!.numbers]]
      const columns = floats[name]!.shape[1]!
      scales.forEach((scale, r) => {
        const of = exact.slice(r * columns, (r + 1) * columns)
        const largest = Math.max(...of.map(Math.abs))
        expect(scale).toBeCloseTo(largest === 0 ? 1 : largest / 127, 5)
        const off = of.map((x, k) => Math.abs(x - scale * whole[r * columns + k]!))
        expect(Math.max(...off)).toBeLessThanOrEqual((largest / 254) * (1 + 1e-5))
        if (largest !== 0) expect(Math.max(...whole.slice(r * columns, (r + 1) * columns).map(Math.abs))).toBe(127)
      })
    }
  })

  it("[F14] read back and written again is the same bytes, with any number of threads; config.json says what it is", async () => {
    const weights = async (yaml: string, name: string, options: object = {}) => (await made(yaml, name, options), readFileSync(join(folder, name, "model.safetensors")))
    const first = await weights(`${slerp}dtype: bfloat16\nout_dtype: int8\n`, "once")
    expect(JSON.parse(readFileSync(join(folder, "once", "config.json"), "utf8"))).toMatchObject({ torch_dtype: "bfloat16", quantization_config: { quant_method: "compressed-tensors", format: "int-quantized", ignore: ["lm_head"] } })
    expect(first.equals(await weights("merge_method: passthrough\nmodels: [{model: once}]\nout_dtype: int8\n", "twice"))).toBe(true)
    expect(first.equals(await weights(`${slerp}dtype: bfloat16\nout_dtype: int8\n`, "threads", { seats: 3 }))).toBe(true)
  })

  it("[F14] refuses what is not finite, and nothing has the final name", async () => {
    const out = join(folder, "never")
    for (const [one, said] of [[NaN, "expected numbers, got 1 NaN in model 1"], [Infinity, "expected finite numbers, which int8 can hold, got Infinity"]] as const) {
      writeModel(join(folder, "broken"), { "model.embed_tokens.weight": ndarray("f32", [1, 1], Float32Array.of(1)), "model.layers.0.w.weight": ndarray("f32", [2, 2], Float32Array.of(1, 2, one, 4)) })
      expect(await execute(planned("merge_method: passthrough\nmodels: [{model: broken}]\nout_dtype: int8\n", { folder, out }), out)).toBe(`tensor model.layers.0.w.weight: ${said}`)
      expect(existsSync(out)).toBe(false)
    }
  })
})
