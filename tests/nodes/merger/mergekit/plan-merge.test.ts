/** Configurations: what they plan, and every class of mistake found before anything is read, with line and column. */
import * as E from "fp-ts/lib/Either.js"
import fs, { mkdirSync, statSync, truncateSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openCheckpoint } from "../../../../src/checkpoint/open-checkpoint.ts"
import { ndarray } from "../../../../src/base/ndarray.ts"
import type { Blend } from "../../../../nodes/merger/checkpoint/merge-plan.ts"
import { preflight, preflightFaults } from "../../../../nodes/merger/checkpoint/preflight.ts"
import { unfinishedFolder } from "../../../../nodes/merger/checkpoint/unfinished.ts"
import { remarksOf } from "../../../../nodes/merger/mergekit/params-of-method.ts"
import { stagesOf } from "../../../../nodes/merger/mergekit/merge-stages.ts"
import { rawSafetensors, testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { modelTensors, planned, problems, small, writeModel } from "../checkpoint/made-models.ts"

const folder = testFolder()
for (const name of ["a", "b", "c"]) writeModel(join(folder, name), modelTensors(small, name))
writeModel(join(folder, "more-words"), modelTensors({ ...small, vocabulary: 12 }, "more"))
writeModel(join(folder, "deeper"), modelTensors({ ...small, layers: 4 }, "deeper"))
writeModel(join(folder, "wider"), modelTensors({ ...small, width: 7 }, "wider"))
const { "lm_head.weight": _, ...headless } = modelTensors(small, "tied")
writeModel(join(folder, "tied"), headless, { tie_word_embeddings: true })
writeModel(join(folder, "headless"), headless)
writeModel(join(folder, "extra"), { ...modelTensors(small, "extra"), "model.rotary": ndarray("f32", [1], Float32Array.of(1)) })

const tower = (seed: string) => ({ ...Object.fromEntries(Object.entries(modelTensors(small, seed)).map(([name, tensor]) => [`language.${name}`, tensor])), "vision.blocks.0.fc.weight": ndarray("f32", [1], Float32Array.of(1)), "bridge.weight": ndarray("f32", [1], Float32Array.of(1)) })
for (const name of ["seeing-a", "seeing-b"]) writeModel(join(folder, name), tower(name))

const wrong = (yaml: string) => problems(yaml, { folder })
const remarks = (yaml: string): readonly string[] => {
  const stages = stagesOf("m.yml", yaml, { out: "/o" })
  if (E.isLeft(stages)) throw new Error(stages.left.join("\n"))
  return stages.right.flatMap(remarksOf)
}
const two = "models:\n  - model: a\n    parameters: {weight: 1}\n  - model: b\n    parameters: {weight: 1}\n"
const blendOf = (yaml: string, tensor: string, compat = false) => {
  const work = planned(yaml, { folder, compat }).tensors.find(({ name }) => name === tensor)?.work as Blend
  return { params: work.params, models: work.models.map(({ source, params }) => [source.model, source.place.name, params]), base: work.base?.place.name }
}

it("[F4] without a dtype, models that are stored in several ways make one that holds them all, in any order; with a base what that is", () => {
  for (const dtype of ["f32", "f16"] as const) writeModel(join(folder, `in-${dtype}`), modelTensors({ ...small, dtype }, dtype), { torch_dtype: dtype === "f32" ? "float32" : "float16" })
  const kept = (yaml: string) => {
    const plan = planned(yaml, { folder })
    return [...new Set(plan.tensors.map(({ dtype }) => dtype)), (JSON.parse((plan.beside["config.json"] as { text: string }).text) as { torch_dtype: string }).torch_dtype]
  }
  const mean = (...names: readonly string[]) => `merge_method: linear\nmodels: [${names.map((name) => `{model: ${name}}`).join(", ")}]\n`
  for (const names of [["a", "in-f32"], ["in-f32", "a"], ["a", "in-f16"], ["in-f16", "a"]]) expect(kept(mean(...names)), names.join()).toEqual(["F32", "float32"])
  expect(kept(mean("a", "b"))).toEqual(["BF16", "bfloat16"])
  expect(kept(`${mean("a", "in-f32")}dtype: float16\n`)).toEqual(["F16", "float16"])
  expect(kept("merge_method: task_arithmetic\nbase_model: a\nmodels: [{model: in-f32, parameters: {weight: 1}}]\n")).toEqual(["BF16", "bfloat16"])
})

/** What `work` gives, and how many bytes it read of how many files it opened, one that is opened again counted again. */
const countingReads = <A>(work: () => A): readonly [A, { readonly bytes: number; readonly files: number }] => {
  const { readSync, openSync, readFileSync } = fs
  const read = { bytes: 0, files: 0 }
  const counted = <B>(of: "bytes" | "files", count: number, result: B): B => ((read[of] += count), result)
  fs.readSync = ((...args: Parameters<typeof readSync>) => {
    const bytes = readSync(...args)
    return counted("bytes", bytes, bytes)
  }) as typeof readSync
  fs.openSync = (...args) => counted("files", 1, openSync(...args))
  fs.readFileSync = ((...args: Parameters<typeof readFileSync>) => {
    const content = readFileSync(...args)
    return counted("bytes", content.length, counted("files", 1, content))
  }) as typeof readFileSync
  syncBuiltinESMExports()
  try {
    return [work(), read]
  } finally {
    Object.assign(fs, { readSync, openSync, readFileSync })
    syncBuiltinESMExports()
  }
}

describe("mergekit's YAML", () => {
  it("[F8] finds the value nearest to a tensor: source, slice, whole; filters in their order; gradients through the layers", () => {
    const yaml = `
slices:
  - sources:
      - {model: a, layer_range: [0, 3], parameters: {weight: [{filter: mlp, value: [0, 1]}, {value: 0.25}]}}
      - {model: b, layer_range: [0, 3]}
    parameters: {weight: 2}
merge_method: linear
parameters: {weight: 7, normalize: false}
`
    const weights = (tensor: string) => blendOf(yaml, tensor).models.map(([, , params]) => (params as { weight: number }).weight)
    expect([0, 1, 2].map((layer) => weights(`model.layers.${layer}.mlp.up_proj.weight`))).toEqual([[0, 2], [0.5, 2], [1, 2]])
    expect(weights("model.layers.1.self_attn.q_proj.weight")).toEqual([0.25, 2])
    expect(blendOf(yaml, "model.norm.weight").params).toEqual({ normalize: false })
  })

  it("[F8] takes the end of a gradient for what comes after the layers; with compat its beginning, as mergekit does", () => {
    const yaml = `merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: [0.25, 0.75]}\n`
    expect(["model.embed_tokens.weight", "lm_head.weight", "model.norm.weight"].map((name) => blendOf(yaml, name).params)).toEqual([{ t: 0.25 }, { t: 0.75 }, { t: 0.75 }])
    expect(blendOf(yaml, "lm_head.weight", true).params).toEqual({ t: 0.25 })
  })

  it("[F8] puts slerp's base first, in whatever place it is listed, or when it is not", () => {
    const order = (models: string) => blendOf(`merge_method: slerp\nbase_model: b\nmodels: [${models}]\nparameters: {t: 0.3}\n`, "model.norm.weight")
    const first = (models: string) => order(models).models.length
    expect([first("{model: a}, {model: b}"), first("{model: b}, {model: a}"), first("{model: a}")]).toEqual([2, 2, 2])
    // Inputs are numbered in the order they are named in, the base before all.
    expect(order("{model: a}, {model: b}").models.map(([model]) => model)).toEqual([0, 1])
  })

  it("[F8] takes a base that is not listed for one more model of a Karcher mean, as mergekit does; where no model may be beside those listed, says so where the base is", () => {
    const mean = "merge_method: karcher\nbase_model: c\nmodels: [{model: a}, {model: b}]\n"
    const { base, models } = blendOf(mean, "model.norm.weight")
    expect([base, models.map(([model]) => model)]).toEqual([undefined, [1, 2, 0]])
    const listed = blendOf("merge_method: karcher\nbase_model: c\nmodels: [{model: a}, {model: b}, {model: c}]\n", "model.norm.weight")
    expect(listed).toEqual({ base, models, params: { max_iter: 10, tol: 1e-5 } })
    expect(wrong(`merge_method: passthrough\nbase_model: c\nmodels: [{model: a}]\n`)).toEqual(["merge.yml:2:13: base_model: expected models that fit the method, got passthrough takes no base model; list it among the models"])
    expect(wrong(`merge_method: passthrough\nslices: [{base_model: c, sources: [{model: a, layer_range: [0, 1]}]}]\n`)).toEqual(["merge.yml:2:23: slices[0].base_model: expected models that fit the method, got passthrough takes no base model; list it among the models"])
    expect(wrong(`merge_method: passthrough\nbase_model: c\nmodels: [{model: a}, {model: b}]\n`)).toEqual(["merge.yml:3:9: models: expected models that fit the method, got passthrough merges 1 models, got 2"])
  })

  it("[F8] finds flags that choose among methods as it finds params: by tensor, slice and module", () => {
    const methods = (yaml: string) => ["model.layers.0.mlp.up_proj.weight", "model.layers.1.self_attn.q_proj.weight", "lm_head.weight"].map((name) => (planned(yaml, { folder }).tensors.find((tensor) => tensor.name === name)?.work as Blend).method)
    expect(methods(`merge_method: nuslerp\n${two}parameters: {nuslerp_flatten: [{filter: mlp, value: false}, {value: true}]}\n`)).toEqual(["nuslerp_rows", "nuslerp", "nuslerp"])
    const half = (from: number, to: number, flat: string) => `{sources: [{model: a, layer_range: [${from}, ${to}], parameters: {weight: 1}}, {model: b, layer_range: [${from}, ${to}], parameters: {weight: 1}}], parameters: {${flat}}}`
    expect(methods(`merge_method: nuslerp\nslices: [${half(0, 1, "nuslerp_flatten: false, nuslerp_row_wise: true")}, ${half(1, 3, "nuslerp_flatten: false")}]\n`)).toEqual(["nuslerp_columns", "nuslerp_rows", "nuslerp_rows"])
  })

  it("[F8] tells what a model's filters fit by the names its tensors have, wherever they come to lie", () => {
    const stacked = (filter: string) =>
      blendOf(`merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [0, 2]}]\n  - sources: [{model: b, layer_range: [1, 3], parameters: {scale: [{filter: ${filter}, value: 3}, {value: 1}]}}]\n`, "model.layers.2.mlp.up_proj.weight").models[0]?.[2]
    expect([stacked("layers.1."), stacked("layers.2.")]).toEqual([{ scale: 3 }, { scale: 1 }])
  })

  it("[F8] reads dtypes as PyTorch prints them, and a slice's base in mergekit's long form", () => {
    expect(planned(`merge_method: linear\ndtype: torch.float32\nout_dtype: torch.float16\n${two}`, { folder }).tensors[0]?.dtype).toBe("F16")
    expect(blendOf("merge_method: ties\nslices: [{base_model: {model: {path: c}}, sources: [{model: a, layer_range: [0, 1], parameters: {weight: 1}}]}]\n", "model.norm.weight").base).toBe("model.norm.weight")
  })

  it("[F8] stacks layers, renumbered, and says in config.json how many there are", () => {
    const plan = planned(`slices:\n  - sources: [{model: a, layer_range: [0, 2]}]\n  - sources: [{model: b, layer_range: [1, 3]}]\nmerge_method: passthrough\n`, { folder })
    const made = plan.tensors.filter(({ name }) => name.endsWith("q_proj.weight")).map(({ name, work }) => [name, (work as Blend).models[0]?.source.model, (work as Blend).models[0]?.source.place.name])
    expect(made).toEqual([
      ["model.layers.0.self_attn.q_proj.weight", 0, "model.layers.0.self_attn.q_proj.weight"],
      ["model.layers.1.self_attn.q_proj.weight", 0, "model.layers.1.self_attn.q_proj.weight"],
      ["model.layers.2.self_attn.q_proj.weight", 1, "model.layers.1.self_attn.q_proj.weight"],
      ["model.layers.3.self_attn.q_proj.weight", 1, "model.layers.2.self_attn.q_proj.weight"],
    ])
    expect(JSON.parse((plan.beside["config.json"] as { text: string }).text)).toMatchObject({ num_hidden_layers: 4 })
  })

  it("[F8] of several modules takes each by the beginning of its names; one of another name, as mergekit's have, is all the rest", () => {
    const module = (weight: number) => `{models: [{model: seeing-a, parameters: {weight: ${weight}}}, {model: seeing-b, parameters: {weight: 1}}]}`
    const weights = (modules: string): readonly (readonly [string, unknown])[] => {
      const { tensors } = planned(`merge_method: linear\nmodules: {${modules}}\n`, { folder })
      return tensors.map(({ name, work }) => [name, (work as Blend).models[0]?.params["weight"]] as const)
    }
    const [language, vision, bridge] = [Object.keys(tower("a")).slice(0, -2), "vision.blocks.0.fc.weight", "bridge.weight"]
    for (const modules of [`language: ${module(2)}, vision: ${module(3)}, bridge: ${module(4)}`, `vision: ${module(3)}, text_decoder: ${module(2)}, bridge: ${module(4)}`]) {
      const found = weights(modules)
      expect(new Map(found)).toEqual(new Map([...language.map((name) => [name, 2]), [vision, 3], [bridge, 4]] as never))
      expect(found.length).toBe(language.length + 2)
    }
    expect(weights(`vision: ${module(3)}, text_decoder: ${module(2)}`)).toContainEqual([bridge, 2])
  })

  it("[F8] merges a head with the embedding that another model ties it to, and stores it", () => {
    const plan = planned(`merge_method: linear\nbase_model:\nmodels: [{model: tied, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]\n`, { folder })
    const head = plan.tensors.find(({ name }) => name === "lm_head.weight")?.work as Blend
    expect(head.models.map(({ source }) => source.place.name)).toEqual(["model.embed_tokens.weight", "lm_head.weight"])
    expect(JSON.parse((plan.beside["config.json"] as { text: string }).text)).toMatchObject({ tie_word_embeddings: false })
  })

  it("[F8] reads several stages, each of which may use those before it", () => {
    const stages = stagesOf("m.yml", `name: one\nmerge_method: linear\n${two}---\nname: two\nmerge_method: linear\nmodels: [{model: one, parameters: {weight: 1}}]\n`, { out: "/o" })
    expect(stages).toMatchObject({ right: [{ out: "/o.stages/one" }, { out: "/o" }] })
  })
})

describe("mistakes are told before anything is read", () => {
  it.each([
    ["merge_method: tias\n" + two, /^merge.yml:1:15: merge_method: expected one of .*; did you mean ties\?, got tias$/],
    ["merge_method: linear\nmodels:\n  - model: a\n    parameters: {weigth: 1}\n", /^merge.yml:4:18: models\[0\]\.parameters\.weigth: expected a param of linear: .*; did you mean weight\?, got an unknown param weigth$/],
    ["merge_method: linear\ndtype: float8\n" + two, /^merge.yml:2:8: dtype: expected one of float32, .*, got float8$/],
    ["merge_method: linear\nmodels: [\n", /^merge.yml:\d+:\d+: expected YAML, got /],
    ["merge_method: linear\nmerge_method: ties\n" + two, /^merge.yml:2:1: expected YAML, got Map keys must be unique$/],
    ["merge_method: linear\n" + two + "slices: []\n", /expected one of models, slices and modules, got models and slices$/],
    ["merge_method: linear\n", /expected one of models, slices and modules, got none$/],
    ["", /expected a merge: merge_method and models, slices or modules, got nothing$/],
    ["merge_method: linear\nmodels: [{model: a+lora}]\n", /^merge.yml:2:18: models\[0\]\.model: expected a folder or file with weights of lora, got nothing at /],
    ["merge_method: linear\nmodels: [{model: a+b+c}]\n", /^merge.yml:2:18: models\[0\]\.model: expected a model, or a model \+ a LoRA adapter, got a\+b\+c$/],
    ["merge_method: linear\nmodels: [{model: a, parameters: {weight: .nan}}]\n", /^merge.yml:2:42: models\[0\]\.parameters\.weight: expected a number, .*, got NaN$/],
    ["merge_method: linear\nmodules: {text: {models: [{model: a}], parameters: {weigth: 1}}}\n", /^merge.yml:2:53: modules\.text\.parameters\.weigth: expected a param of linear: .*; did you mean weight\?, got an unknown param weigth$/],
    ["merge_method: linear\nmodels: [{model: nowhere}]\n", /^merge.yml:2:18: models\[0\]\.model: expected a folder or file with weights of nowhere, got nothing at /],
    ["merge_method: linear\nmodels: [{model: a, parameters: {weight: much}}]\n", /^merge.yml:2:42: models\[0\]\.parameters\.weight: expected a number from -100 to 100, got "much"$/],
    ["merge_method: ties\n" + two, /ties needs a base model$/],
    ["merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}, {model: c}]\nparameters: {t: 0.5}\n", /slerp merges 2 models, got 3$/],
    ["merge_method: linear\nbase_model: c\n" + two, /linear takes no base model; list it among the models$/],
    ["merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [1, 4]}]}]\n", /^merge.yml:2:\d+: slices\[0\]\.sources\[0\]\.layer_range: expected at most the 3 layers of a, got \[1, 4\]$/],
    ["merge_method: linear\nslices: [{sources: [{model: a, layer_range: [0, 2]}, {model: b, layer_range: [0, 3]}]}]\n", /expected as many layers from each source, got \[\[0,2\],\[0,3\]\]$/],
    ["merge_method: linear\nmodules: {language: {models: [{model: seeing-a}]}, vision: {models: [{model: seeing-a}]}}\n", /^merge.yml:2:10: modules: expected every tensor in a module, got bridge\.weight in none$/],
    ["merge_method: linear\nmodules: {text: {models: [{model: seeing-a}]}, image: {models: [{model: seeing-a}]}}\n", /^merge.yml:2:10: modules: expected names that tensors begin with \(language, bridge, vision\), and at most one other, for the rest, got text, image$/],
    ["merge_method: linear\nmodules: {text: {}}\n", /^merge.yml:2:17: modules\.text: expected one of slices and models, got none$/],
    ["merge_method: linear\nmodels: [{model: a}, {model: wider}]\n", /^wider: tensor model\.embed_tokens\.weight: expected \[11, 6\], as in a, got \[11, 7\]$/],
    ["merge_method: linear\nmodels: [{model: a}, {model: more-words}]\n", /^more-words: tensor model\.embed_tokens\.weight: expected \[11, 6\], as in a, got \[12, 6\]; for models of different vocabularies say tokenizer: \{source: union\}$/],
    ["merge_method: linear\nmodels: [{model: a}, {model: headless}]\n", /^headless: expected a tensor lm_head\.weight, as the others have, got none$/],
    ["merge_method: linear\nmodels: [{model: a}, {model: extra}]\n", /expected the tensors of .*a, got a tensor model\.rotary beside them in extra$/],
    ["merge_method: linear\nmodels: [{model: a}, {model: b}]\ntokenizer: {source: union, tokens: {x: {source: {kind: nothing}}}}\n", /tokenizer\.tokens\.x\.source: expected a model, \{kind: zero\}/],
  ])("[F8] %j", (yaml, message) => {
    expect(wrong(yaml)[0]).toMatch(message)
  })

  it("[F8] params of other methods are none: mergekit passes over them, here they are told, each once", () => {
    const slerp = "merge_method: slerp\nbase_model: a\nparameters: {t: 0.5, normalize: true, int8_mask: true}\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 2}}]\n"
    expect(wrong(slerp)).toEqual([])
    expect(remarks(slerp)).toEqual(["m.yml:3:22: slerp has no param normalize: it changes nothing", "m.yml:3:39: slerp has no param int8_mask: it changes nothing", "m.yml:4:34: slerp has no param weight: it changes nothing"])
    expect(remarks("merge_method: ties\nbase_model: a\nparameters: {normalize: true, int8_mask: true}\nmodels: [{model: b, parameters: {weight: 1, density: 0.5}}]\n")).toEqual([])
    expect(remarks("merge_method: nuslerp\nparameters: {nuslerp_row_wise: true}\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]\n")).toEqual([])
  })

  it("[F8] a weight that some models or tensors have and others not is told, with what is taken for it; mergekit stops there", () => {
    const linear = (first: string, more = "") => remarks(`merge_method: linear\nmodels:\n  - {model: a, parameters: {weight: ${first}}}\n  - {model: b}\n${more}`)
    expect(linear("2")).toEqual(["m.yml:4:6: b has no weight, which others have: 1 is taken"])
    expect(linear("2", "parameters: {weight: 3}\n")).toEqual([])
    expect(linear("[{filter: mlp, value: 2}]", "parameters: {weight: 3}\n")).toEqual([])
    expect(linear("[{filter: mlp, value: 2}]")).toEqual(["m.yml:3:29: of tensors that no filter fits, a has no weight: 1 is taken", "m.yml:4:6: b has no weight, which others have: 1 is taken"])
    // The base of task vectors has none, and where no model has one, all are to be alike.
    expect(remarks("merge_method: ties\nbase_model: a\nmodels: [{model: a}, {model: b, parameters: {weight: 1}}]\n")).toEqual([])
    expect(remarks("merge_method: linear\nmodels: [{model: a}, {model: b}]\n")).toEqual([])
    expect(remarks("merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: [{filter: mlp, value: 0.2}]}\n")).toEqual(["m.yml:4:14: of tensors that no filter fits, slerp has no t: 0.5 is taken"])
  })

  it("[F8] keys that mergekit passes over are told, each once; one that holds an anchor in use is not", () => {
    const yaml = [
      "random_seed: 7",
      "int8_mask: true",
      "shared: &w {weight: 2}",
      "model_a: &a a",
      "unused: &u {weight: 9}",
      "inner: {one: &one 1, two: *one}",
      "merge_method: linear",
      "models:",
      "  - {model: *a, name: first, parameters: *w}",
      "  - {model: b, name: second, parameters: *w, weight: 3}",
      "",
    ].join("\n")
    expect(wrong(yaml)).toEqual([])
    expect(blendOf(yaml, "model.norm.weight").models).toEqual(blendOf("merge_method: linear\nmodels: [{model: a, parameters: {weight: 2}}, {model: b, parameters: {weight: 2}}]\n", "model.norm.weight").models)
    expect(remarks(yaml)).toEqual([
      "m.yml:1:1: random_seed is not a key of a merge: it changes nothing",
      "m.yml:2:1: int8_mask is not a key of a merge, and a param only under parameters: it changes nothing",
      "m.yml:5:1: unused is not a key of a merge: it changes nothing",
      "m.yml:6:1: inner is not a key of a merge: it changes nothing",
      "m.yml:9:17: models[0].name is not a key of a merge: it changes nothing",
      "m.yml:10:46: models[1].weight is not a key of a merge, and a param only under parameters: it changes nothing",
    ])
    const sliced = "merge_method: passthrough\nslices:\n  - comment: early\n    sources: [{model: a, layer_range: [0, 2], remark: x}]\n"
    expect(wrong(sliced)).toEqual([])
    expect(remarks(sliced)).toEqual(["m.yml:3:5: slices[0].comment is not a key of a merge: it changes nothing", "m.yml:4:47: slices[0].sources[0].remark is not a key of a merge: it changes nothing"])
  })

  it.each([
    ["merge_methd: linear", "merge_methd", "merge_method"],
    ["method: linear", "method", "merge_method"],
    ["modles: []", "modles", "models"],
    ["paramters: {weight: 1}", "paramters", "parameters"],
    ["params: {weight: 1}", "params", "parameters"],
    ["dtyp: bfloat16", "dtyp", "dtype"],
    ["dtpye: bfloat16", "dtpye", "dtype"],
    ["nmae: x", "nmae", "name"],
    ["base: a", "base", "base_model"],
    ["paramters: &p {weight: 1}\nx: *p", "paramters", "parameters"],
  ])("[F8] a key that is near a known one is a mistake: %j", (line, key, near) => {
    expect(wrong(`merge_method: linear\n${line}\n${two}`)[0]).toMatch(new RegExp(`^merge.yml:2:1: ${key}: expected one of .*; did you mean ${near}\\?, got an unknown key ${key}$`))
  })

  it.each(["note: mine", "seed: 7", "x: 1", "model_a: &a a\nmodel1: &b b\nbase: &c c\ny: [*a, *b, *c]"])("[F8] a key that is another word is none: %j", (line) => {
    expect(wrong(`merge_method: linear\n${line}\n${two}`)).toEqual([])
  })

  it("[F8] near keys are mistakes wherever keys are", () => {
    const got = wrong("merge_method: passthrough\nslices:\n  - surces: []\n    sources:\n      - {model: a, layers: [0, 2], layer_rang: [0, 2]}\n")
    expect(got.map((message) => message.replace(/expected one of .*; /, ""))).toEqual([
      "merge.yml:3:5: slices[0].surces: did you mean sources?, got an unknown key surces",
      "merge.yml:5:20: slices[0].sources[0].layers: did you mean layer_range?, got an unknown key layers",
      "merge.yml:5:36: slices[0].sources[0].layer_rang: did you mean layer_range?, got an unknown key layer_rang",
    ])
  })

  it("[F8] all of them at once", () => {
    expect(wrong("merge_method: lenear\ndtype: float8\nmodels: [{model: a}, {modle: b}]\n").length).toBe(4)
  })

  it("[F6] a result that the disk has no room for", () => {
    const plan = planned(`merge_method: linear\n${two}`, { folder })
    const facts = preflight(plan, join(folder, "x/y/z"), 2)
    expect(facts).toMatchObject({ tensors: 12, shards: 1, passes: 1, readBytes: 2 * (facts.writeBytes - (plan.layout.shards[0]?.header.length ?? 0)) })
    expect(facts.freeBytes).toBeGreaterThan(0)
    expect(preflightFaults(plan, "out", facts)).toEqual([])
    expect(preflightFaults(plan, "out", { ...facts, writeBytes: 4_200_000, freeBytes: 1_000_001 })).toEqual(["out: expected room for 4.2 MB, got 1.0 MB free: 3.2 MB more would do"])
  })

  it("[F6] but not one whose room an unfinished merge to the same place holds, whatever it is of", () => {
    const plan = planned(`merge_method: linear\n${two}`, { folder })
    const out = join(folder, "resumed")
    const held = unfinishedFolder(out)
    mkdirSync(held)
    // As long as it will be, and a part of it written.
    const shard = fs.openSync(join(held, "model.safetensors"), "w")
    fs.ftruncateSync(shard, 2 ** 24)
    fs.writeSync(shard, new Uint8Array(2 ** 20).fill(1), 0, 2 ** 20, 2 ** 22)
    fs.closeSync(shard)
    const { statfsSync } = fs
    fs.statfsSync = (() => ({ bavail: 10, bsize: 100 })) as never
    syncBuiltinESMExports()
    const free = [out, join(folder, "begun")].map((path) => preflight(plan, path, 1).freeBytes as number)
    fs.statfsSync = statfsSync
    syncBuiltinESMExports()
    expect(free[1]).toBe(1000)
    expect(free[0]).toBeGreaterThanOrEqual(1000 + 2 ** 20)
    expect(free[0]).toBeLessThan(1000 + 2 ** 21)
  })

  it("[F6] in four models of 70 billion weights, of which there are only the headers", () => {
    const [width, layers, inner, shards] = [8192, 80, 28672, 15]
    let headers = 0
    for (const model of ["w", "x", "y", "v", "z"]) {
      const shapes: (readonly [string, readonly number[]])[] = [
        ["model.embed_tokens.weight", [128256, width]],
        ...Array.from({ length: layers }, (_, l) => [
          ...["q", "k", "v", "o"].map((part) => [`model.layers.${l}.self_attn.${part}_proj.weight`, [part === "k" || part === "v" ? 1024 : width, width]] as const),
          ...["gate", "up"].map((part) => [`model.layers.${l}.mlp.${part}_proj.weight`, [inner, width]] as const),
          [`model.layers.${l}.mlp.down_proj.weight`, [width, inner]] as const,
          [`model.layers.${l}.input_layernorm.weight`, [width]] as const,
          [`model.layers.${l}.post_attention_layernorm.weight`, [width]] as const,
        ]).flat(),
        ["model.norm.weight", [width]],
        ["lm_head.weight", [model === "z" ? 128257 : 128256, width]],
      ]
      mkdirSync(join(folder, model), { recursive: true })
      const map: Record<string, string> = {}
      for (let shard = 0; shard < shards; shard++) {
        const name = `model-${shard}.safetensors`
        let end = 0
        const header = Object.fromEntries(shapes.filter((_, i) => i % shards === shard).map(([tensor, shape]) => {
          const bytes = 2 * shape.reduce((n, extent) => n * extent, 1)
          map[tensor] = name
          return [tensor, { dtype: "BF16", shape, data_offsets: [end, (end += bytes)] }]
        }))
        const path = writeAt(join(folder, model, name), rawSafetensors(JSON.stringify(header), 0))
        headers += statSync(path).size
        // Holes: no disk is used.
        truncateSync(path, statSync(path).size + end)
      }
      writeAt(join(folder, model, "model.safetensors.index.json"), { weight_map: map })
    }
    const yaml = `merge_method: linear\nmodels: [{model: w}, {model: x}, {model: y}, {model: v}]\ndtype: bfloat16\n`
    const [plan, read] = countingReads(() => planned(yaml, { folder }))
    // Headers, and of each model's 64 largest tensors a sample of 4 KiB: of 565 GB.
    const opened = plan.inputs.flatMap(({ files }) => files)
    expect(new Set(opened.map(({ path }) => path)).size).toBe(4 * shards)
    expect(read.bytes - 4 * 64 * 4096).toBeGreaterThan(0.7 * headers)
    expect(read.bytes - 4 * 64 * 4096).toBeLessThan(2 * headers)
    expect(read.files).toBeLessThan(4 * (3 * shards + 64 + 8))
    const facts = preflight(plan, folder, 4)
    expect(facts).toMatchObject({ tensors: 723, shards: 29 })
    expect(facts.writeBytes).toBeGreaterThan(141e9)
    expect(facts.memoryBytes).toBeLessThan(300 * 2 ** 20)
    expect(wrong(yaml.replace("{model: v}", "{model: z}"))).toEqual([
      "z: tensor lm_head.weight: expected [128256, 8192], as in w, got [128257, 8192]; for models of different vocabularies say tokenizer: {source: union}",
    ])
    expect(openCheckpoint(join(folder, "w"))._tag).toBe("Right")
  })
})
