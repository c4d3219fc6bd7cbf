/** Where mergekit is known to do otherwise: what comes out here, and what with `compat`. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { decodeHalves, encodeHalves } from "../../../../src/base/half.ts"
import { ndarray, type NdArray } from "../../../../src/base/ndarray.ts"
import { random } from "../../../../src/base/random.ts"
import { preflight } from "../../../../nodes/merger/checkpoint/preflight.ts"
import { testFolder } from "../../../src/checkpoint/made-files.ts"
import { execute, modelTensors, planned, problems, readMerged, small, writeModel } from "../checkpoint/made-models.ts"

const folder = testFolder()
const bf16 = (values: ArrayLike<number>): Float32Array => decodeHalves("bf16", encodeHalves("bf16", Float64Array.from(values)))
const size = 20_000
const draws = ["one", "other"].map((id) => random(id).normals(size)) as [Float32Array, Float32Array]
const write = (name: string, weights: NdArray): string => writeModel(join(folder, name), { "model.embed_tokens.weight": ndarray("f32", [1, 1], Float32Array.of(1)), w: weights })
for (const [i, name] of ["one", "other"].entries()) {
  write(name, ndarray("f32", [size], draws[i] as Float32Array))
  write(`${name}-16`, ndarray("bf16", [size], encodeHalves("bf16", draws[i] as Float32Array)))
}
write("base", ndarray("f32", [2], Float32Array.of(1, 1)))
write("tuned", ndarray("f32", [2], Float32Array.of(1.001, 1.5)))

const merged = async (yaml: string, compat: boolean): Promise<Float32Array> => {
  const out = join(folder, "out")
  expect(await execute(planned(yaml, { folder, compat }), out)).toBe("done")
  const { dtype, data } = readMerged(out)["w"] as NdArray
  return dtype === "bf16" ? decodeHalves("bf16", data as Uint16Array) : (data as Float32Array)
}
const linear = (one: string, other: string, rest: string, weights = [0.3, 0.7]) =>
  `merge_method: linear\nmodels: [{model: ${one}, parameters: {weight: ${weights[0]}}}, {model: ${other}, parameters: {weight: ${weights[1]}}}]\n${rest}\n`
const share = (a: Float32Array, b: Float32Array): number => a.reduce((n, x, k) => n + Number(x !== b[k]), 0) / a.length

describe("[F11] finding 3: numbers are rounded once", () => {
  const exact = (a: Float32Array, b: Float32Array) => bf16(Float64Array.from(a, (x, k) => (0.3 * x + 0.7 * b[k]!) / (0.3 + 0.7)))

  it("a dtype of 16 bits is that of the result; with compat also that of every number on the way, which changes 42 % of them", async () => {
    const yaml = linear("one-16", "other-16", "dtype: bfloat16")
    const [ours, theirs] = [await merged(yaml, false), await merged(yaml, true)]
    expect(ours).toEqual(exact(bf16(draws[0]), bf16(draws[1])))
    const [w, v] = bf16([0.3, 0.7]) as unknown as [number, number]
    const total = bf16([Math.fround(w + v)])[0]!
    const [a, b] = [bf16(bf16(draws[0]).map((x) => w * x)), bf16(bf16(draws[1]).map((x) => v * x))]
    expect(theirs).toEqual(bf16(bf16(a.map((x, k) => x + b[k]!)).map((x) => x / total)))
    expect(share(ours, theirs)).toBeGreaterThan(0.38)
    expect(share(ours, theirs)).toBeLessThan(0.46)
  })

  it("inputs of more bits keep them until the result is stored; with compat they are cut first", async () => {
    const yaml = linear("one", "other", "dtype: bfloat16")
    expect(await merged(yaml, false)).toEqual(exact(...draws))
    expect(share(await merged(yaml, true), await merged(linear("one-16", "other-16", "dtype: bfloat16"), true))).toBe(0)
    const small = "merge_method: task_arithmetic\nbase_model: base\nmodels: [{model: tuned, parameters: {weight: 1}}]\nparameters: {lambda: 8}\ndtype: bfloat16\n"
    // The difference of 0.001 is there, or is lost before it is taken eight times.
    expect([...(await merged(small, false))]).toEqual([1.0078125, 5])
    expect([...(await merged(small, true))]).toEqual([1, 5])
  })

  it("with dtype float32 and out_dtype bfloat16 mergekit is off in less than 1 %", async () => {
    const yaml = linear("one-16", "other-16", "dtype: float32\nout_dtype: bfloat16")
    const wrong = share(await merged(yaml, false), await merged(yaml, true))
    expect(wrong).toBeGreaterThan(0)
    expect(wrong).toBeLessThan(0.03)
  })
})

it("[F11] weights that cancel leave the plain sum; with compat mergekit's division by 0", async () => {
  const yaml = linear("base", "tuned", "dtype: float32", [1, -1])
  expect([...(await merged(yaml, false))]).toEqual([1 - Math.fround(1.001), -0.5].map(Math.fround))
  expect([...(await merged(yaml, true))]).toEqual([-Infinity, -Infinity])
})

describe("[F11] embeddings of different lengths without a tokenizer", () => {
  for (const [name, vocabulary] of [["short", 11], ["long", 12]] as const) writeModel(join(folder, name), modelTensors({ ...small, vocabulary, dtype: "f32" }, name))
  const rows = (yaml: string) => planned(yaml, { folder, compat: true }).tensors.find(({ name }) => name === "model.embed_tokens.weight")?.shape[0]
  const based = (base: string, model: string) => `merge_method: task_arithmetic\nbase_model: ${base}\nmodels: [{model: ${model}, parameters: {weight: 1}}]\nparameters: {lambda: 1}\n`

  it("are refused; with compat cut to the rows both have, or the base's, and config.json says so", async () => {
    const yaml = linear("long", "short", "", [0.5, 0.5])
    expect(problems(yaml, { folder })[0]).toMatch(/expected \[12, 6\], as in long, got \[11, 6\]; for models of different vocabularies say tokenizer/)
    expect([rows(yaml), rows(based("short", "long"))]).toEqual([11, 11])
    // Rows that are cut off are not read.
    const short = Object.values(modelTensors({ ...small, vocabulary: 11, dtype: "f32" }, "short")).reduce((sum, { data }) => sum + data.byteLength, 0)
    expect(preflight(planned(yaml, { folder, compat: true }), folder, 1).readBytes).toBe(2 * short)
    expect(JSON.parse((planned(yaml, { folder, compat: true }).beside["config.json"] as { text: string }).text)).toMatchObject({ vocab_size: 11 })
    // Task arithmetic of the one longer model: its own first rows.
    const out = join(folder, "cut")
    expect(await execute(planned(based("short", "long"), { folder, compat: true }), out)).toBe("done")
    const long = modelTensors({ ...small, vocabulary: 12, dtype: "f32" }, "long")["lm_head.weight"]!.data as Float32Array
    const made = readMerged(out)["lm_head.weight"]!.data as Float32Array
    made.forEach((x, k) => expect(x).toBeCloseTo(long[k]!, 6))
  })

  // Of the longer model, the rows that the shorter has.
  const cut = modelTensors({ ...small, vocabulary: 12, dtype: "f32" }, "long")
  writeModel(join(folder, "long-cut"), Object.fromEntries(Object.entries(cut).map(([name, { shape, data }]) =>
    [name, shape[0] === 12 && shape[1] === 6 && /embed|head/.test(name) ? ndarray("f32", [11, 6], (data as Float32Array).slice(0, 66)) : ndarray("f32", shape, data as Float32Array)] as const)))
  writeModel(join(folder, "third"), modelTensors({ ...small, vocabulary: 11, dtype: "f32" }, "third"))
  it.each([
    ["slerp", "base_model: short", "{t: 0.4}", []],
    ["nuslerp", "", "{weight: 0.5}", ["short"]],
    ["karcher", "", "{}", ["short"]],
    ["model_stock", "base_model: short", "{}", ["third"]],
    ["arcee_fusion", "base_model: short", "{}", []],
  ] as const)("with compat %s takes the rows that all have", async (method, base, params, others) => {
    const listedAs = (model: string) => [model, ...others, ...(method === "slerp" ? ["short"] : [])].map((name) => `{model: ${name}}`).join(", ")
    const yaml = (model: string) => `merge_method: ${method}\n${base}\nmodels: [${listedAs(model)}]\nparameters: ${params}\n`
    expect(problems(yaml("long"), { folder })[0]).toMatch(/for models of different vocabularies say tokenizer/)
    const [out, expected] = [join(folder, `cut-${method}`), join(folder, `whole-${method}`)]
    expect(await execute(planned(yaml("long"), { folder, compat: true, out }), out)).toBe("done")
    expect(await execute(planned(yaml("long-cut"), { folder, compat: true, out: expected }), expected)).toBe("done")
    const [made, whole] = [readMerged(out), readMerged(expected)]
    expect(made["lm_head.weight"]!.shape).toEqual([11, 6])
    for (const name of ["lm_head.weight", "model.embed_tokens.weight"]) for (const [k, x] of (made[name]!.data as Float32Array).entries()) expect(x).toBeCloseTo(whole[name]!.data[k] as number, 6)
  })

  it("are refused also with compat where the base is the longer, as mergekit stops there", () => {
    expect(problems(based("long", "short"), { folder, compat: true })[0]).toMatch(/^short: tensor .*: expected \[12, 6\], as in long, got \[11, 6\]/)
  })
})

it("finding 5: DARE's rescale as mergekit's YAML has it, true or false, and the paper's by name", () => {
  const rescale = (value: string) => {
    const yaml = `merge_method: dare_linear\nbase_model: base\nmodels: [{model: tuned, parameters: {weight: 1, density: 0.5}}]\nparameters: {${value}}\n`
    const work = planned(yaml, { folder }).tensors.find(({ name }) => name === "w")?.work
    return work?._tag === "blend" ? work.params["rescale"] : undefined
  }
  expect([rescale(""), rescale("rescale: true"), rescale("rescale: false"), rescale("rescale: chance")]).toEqual(["l1", "l1", "none", "chance"])
})

it.each(["breadcrumbs", "breadcrumbs_ties", "sce", "multislerp", "model_stock"])("[F11] finding 4: %s does as mergekit does with compat, and only then", (method) => {
  write("again", ndarray("f32", [2], Float32Array.of(2, 2)))
  const yaml = `merge_method: ${method}\nbase_model: base\nmodels: [{model: tuned}, {model: again}]\nparameters: {weight: 1}\n`
  const param = (compat: boolean) => {
    const work = planned(yaml, { folder, compat }).tensors.find(({ name }) => name === "w")?.work
    return work?._tag === "blend" ? work.params["compat"] : undefined
  }
  expect([param(false), param(true)]).toEqual(["none", "mergekit"])
})

describe("[F11] methods that mergekit has not", () => {
  it("go by their own names", () => {
    const yaml = "merge_method: wise_ft\nbase_model: base\nmodels: [{model: tuned}]\nparameters: {alpha: 0.25}\n"
    expect(planned(yaml, { folder }).tensors.find(({ name }) => name === "w")?.work).toMatchObject({ method: "wise_ft", params: { alpha: 0.25 } })
  })

  it("take what they need beside a model from checkpoints that the configuration names", async () => {
    for (const [name, values] of [["sure", [1, 3]], ["unsure", [3, 1]]] as const) write(name, ndarray("f32", [2], Float32Array.from(values)))
    const yaml = (companions: string) => `merge_method: fisher\nmodels: [{model: base, companions: {${companions}}}, {model: tuned, companions: {fisher: unsure}}]\nparameters: {normalize: false}\n`
    expect([...(await merged(yaml("fisher: sure"), false))].map((x) => x.toFixed(6))).toEqual([(1 + 3 * 1.001) / 4, (3 + 1.5) / 4].map((x) => x.toFixed(6)))
    expect(problems(yaml(""), { folder })[0]).toMatch(/models\[0\]: expected companions: \{fisher: PATH\}, tensors that fisher needs beside base, got none$/)
    expect(problems(yaml("fisher: sure, gradient: sure"), { folder })[0]).toMatch(/models\[0\]\.companions\.gradient: expected fisher, got gradient$/)
  })
})
